-- What every new connection is asked before it is used: is this still the journal that
-- ends at or after what this node has seen, and does it hold the newest record seen ($1), as
-- an event or in a pack? If it does not, a removal that was recorded after it ($2) may be
-- the reason.
select (select max(version) from schema_version), (select last from head),
    (select hash from event where pos = $1::bigint), k.first, k.body,
    exists (select from event where pos > $1::bigint and stream = (select id from stream where name = $2))
from (values (1)) one left join lateral (
    select first, body from pack where first <= $1::bigint order by first desc limit 1
) k on true
