-- $1 how many records; $2 the position that must exist; $3 where the journal must end, if not
-- negative; $4, $5, $6 packs: first, last, body; $7 stream, $8 n, $9 body, $10 hash,
-- $11 "first of its run" of records for table event: runs stand together, each ascending, at
-- most one a stream. Positions count from the end of the journal; the events' come first.
--
-- p locks the head row before anything is inserted: appends wait for each other there and
-- cannot deadlock. No row comes back from it if the journal does not end where it must: who
-- packs has decided by what stands up to $3, and nothing may have come behind it.
-- r cannot conflict: nobody passes the check for n+1 before n is visible, so whoever has
-- just stored n finds n+1 free.
-- The check is a scalar subquery because an "exists" becomes a hash join over the whole
-- table while the planner takes it for empty.
with p as materialized (
    update head set last = last + $1::bigint
    where last >= $2::bigint and (last = $3::bigint or $3 < 0)
    returning last - $1 as base
), k as (
    insert into pack(first, last, body)
    select base + f, base + l, b from p, unnest($4::bigint[], $5::bigint[], $6::bytea[]) k(f, l, b)
), u as materialized (
    select base + o as pos, s, n, b, h, f
    from p, unnest($7::bigint[], $8::integer[], $9::bytea[], $10::bytea[], $11::boolean[])
        with ordinality u(s, n, b, h, f, o)
), a as (
    insert into event(pos, stream, n, body, hash)
    select pos, s, n, b, h from u
    where f and (n = 1 or (select true from event e where e.stream = u.s and e.n = u.n - 1 offset 0))
    on conflict (stream, n) do nothing
    returning stream, pos
), r as (
    insert into event(pos, stream, n, body, hash)
    select pos, s, n, b, h from u where not f and s in (select stream from a)
)
select p.base, a.stream, a.pos from p left join a on true
