-- Marks the database as the embedded stack's. supabase/seed.sql makes the demo users, of whom one is
-- an admin with a known password, only where it finds this setting. Run by supabase_admin at each
-- start; counts for sessions that begin after it.

alter database postgres set "switchboard.local_stack" = 'true';
