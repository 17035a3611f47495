-- A migration with the same name as one of the switchboard's.
insert into auth.users (id, email)
values ('00000000-0000-4000-b000-000000000001', 'member@app.example');
insert into public.user_roles (user_id, role)
values ('00000000-0000-4000-b000-000000000001', 'moderator');
insert into public.conversations (id, owner_id, topic)
values (
  '00000000-0000-4000-b000-000000000002', '00000000-0000-4000-b000-000000000001', 'Opening hours');
insert into public.messages (conversation_id, body)
values ('00000000-0000-4000-b000-000000000002', 'When do you open?');
