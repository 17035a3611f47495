-- The bytes of images and documents that users send lie in a private bucket of Supabase Storage, which
-- only the functions read and write, with a secret key: no policy names it, and none is made or
-- changed here. Messages hold references. A project without Storage keeps no bytes.

do $$
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
end;
$$;
