-- Records of attempts that were committed together, by the dozen in a row (package packed).
-- Every record stands either in a pack or in table event, and no event stands between the
-- first and the last position of a pack.

create table pack (
    first bigint primary key,
    last  bigint not null,
    body  bytea not null
);

-- Hashes and short JSON: compressing them would cost more than it saves. A body that is too
-- long for a page stands beside the table.
alter table pack alter column body set storage external;

-- The position of the record that says that what the stream held was removed.
alter table stream add column removed bigint;

create index stream_removed on stream(removed) where removed is not null;

-- A program that knows events only would not see what stands in packs: with the column's old
-- name everything that it asks fails.
alter table head rename column p to last;
