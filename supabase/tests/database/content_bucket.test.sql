-- No policy of the project's own opens the bucket of users' images and documents: each names the
-- buckets that it is for.

begin;
-- Projects may have revoked it, and users have to call pgTAP's functions.
alter default privileges grant execute on functions to public;
create extension if not exists pgtap with schema extensions;
set local search_path = public, extensions;
select plan(1);

select is_empty(
  $$select p.policyname from pg_policies as p
    where p.schemaname = 'storage' and p.tablename = 'objects' and p.permissive = 'PERMISSIVE'
      and p.roles <> '{service_role}'
      and (p.qual !~ '\mbucket_id\M' or p.with_check !~ '\mbucket_id\M')$$,
  'every policy on storage.objects names bucket_id');

select * from finish();
rollback;
