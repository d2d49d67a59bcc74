-- What follows $1, at most $2 rows, and with each (or alone) the journal's head. A pack has no
-- n, and may begin before.
select h.last, e.pos, e.stream, e.n, e.body, e.hash
from head h left join lateral (
    (select pos, stream, n, body, hash from event where pos > $1::bigint order by pos limit $2::bigint)
    union all
    (select first, 0, 0, body, ''::bytea from pack
    where first >= coalesce((select first from pack where first <= $1::bigint order by first desc limit 1), 0) and last > $1::bigint
    order by first limit $2::bigint)
    order by 1 limit $2::bigint
) e on true
order by e.pos
