-- The bytes of images and documents that users send lie in a private bucket of Supabase Storage, which
-- only the functions read and write, with a secret key: no policy names it, and none is made or
-- changed here. A policy of the project's own that names no bucket holds for this one too, so such
-- policies are warned of. Messages hold references. A project without Storage keeps no bytes.

do $$
declare
  anywhere text;
begin
  if to_regclass('storage.buckets') is null then
    return;
  end if;
  insert into storage.buckets (id, name, public, file_size_limit)
  values ('switchboard-content', 'switchboard-content', false, 18000000)
  on conflict (id) do nothing;
  if exists (select from storage.buckets as b where b.id = 'switchboard-content' and b.public) then
    raise exception using
      errcode = '55000',
      message = 'The bucket "switchboard-content" is public.',
      hint = 'Make it private: users'' images and documents are to lie in it.';
  end if;
  select string_agg(quote_ident(p.policyname), ', ' order by p.policyname) into anywhere
  from pg_catalog.pg_policies as p
  where p.schemaname = 'storage' and p.tablename = 'objects' and p.permissive = 'PERMISSIVE'
    and p.roles <> '{service_role}'
    and (p.qual !~ '\mbucket_id\M' or p.with_check !~ '\mbucket_id\M');
  if anywhere is not null then
    raise warning using
      message = format(
        'Policies on storage.objects that name no bucket_id: %s. They may open the bucket '
          '"switchboard-content" to users.', anywhere),
      hint = 'Add to each: bucket_id <> ''switchboard-content'', or the buckets that it is for.';
  end if;
end;
$$;
