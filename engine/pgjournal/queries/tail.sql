-- The records after $1, at most $2, and with each (or alone) the journal's head.
select h.p, e.pos, e.stream, e.n, e.body, e.hash
from head h left join lateral (
    select pos, stream, n, body, hash from event where pos > $1::bigint order by pos limit $2::bigint
) e on true
order by e.pos
