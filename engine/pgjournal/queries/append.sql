-- $1 stream, $2 n, $3 body, $4 hash, $5 "first of its run"; $6 the position that must exist.
-- Runs stand together, each ascending, at most one a stream.
--
-- p locks the head row before anything is inserted: appends wait for each other there and
-- cannot deadlock. No row comes back from it if the journal ends before $6.
-- r cannot conflict: nobody passes the check for n+1 before n is visible, so whoever has
-- just stored n finds n+1 free.
-- The check is a scalar subquery because an "exists" becomes a hash join over the whole
-- table while the planner takes it for empty.
with p as materialized (
    update head set p = p + cardinality($1::bigint[]) where p >= $6::bigint returning p
), u as materialized (
    select (select p from p) - cardinality($1::bigint[]) + o as pos, s, n, b, h, f
    from unnest($1::bigint[], $2::integer[], $3::bytea[], $4::bytea[], $5::boolean[])
        with ordinality u(s, n, b, h, f, o)
), a as (
    insert into event(pos, stream, n, body, hash)
    select pos, s, n, b, h from u
    where f and pos is not null
        and (n = 1 or (select true from event e where e.stream = u.s and e.n = u.n - 1 offset 0))
    on conflict (stream, n) do nothing
    returning stream, pos
), r as (
    insert into event(pos, stream, n, body, hash)
    select pos, s, n, b, h from u where not f and s in (select stream from a)
)
select p.p, a.stream, a.pos from p left join a on true
