-- The versions of a stream after $2, up to $3: events, and whole packs ($4, by their first
-- positions), which have no n.
select pos, n, body, hash from event
where stream = (select id from stream where name = $1) and n > $2::bigint and n <= $3::bigint
union all
select first, 0, body, ''::bytea from pack where first = any($4::bigint[])
