-- The ids of names, new ones given, and the last version in table event. A name that another
-- node gives its id at this moment is in neither part: it is there when this is asked again.
with added as (
    insert into stream(name)
    select new.name from unnest($1::text[]) as new(name)
    where not exists (select from stream where stream.name = new.name)
    on conflict (name) do nothing
    returning id, name
)
select id, name, 0 from added
union all
select id, name, coalesce((select max(n) from event where event.stream = stream.id), 0)
from stream where name = any($1::text[])
