-- The journal, the register and the archive in one file.

pragma application_id = 0x7465726e; -- "tern"

-- A stream's name is written once; events carry the small id.
create table stream (
    id   integer primary key,
    name text not null unique
) strict;

-- What attempts and sittings do, in commit order, with no second index: appending is
-- then always writing the last page.
create table event (
    pos    integer primary key,
    stream integer not null,
    n      integer not null,
    body   blob not null,
    hash   blob not null
) strict;

-- What is read stream by stream: the streams that belong to no sitting.
create table settled (
    stream integer not null,
    n      integer not null,
    pos    integer not null,
    body   blob not null,
    hash   blob not null,
    primary key (stream, n)
) without rowid, strict;

-- The index of settled by position.
create table moved (
    pos    integer primary key,
    stream integer not null,
    n      integer not null
) strict;

create table beat (
    node text primary key,
    at   integer not null
) without rowid, strict;

create table register (
    kind text not null,
    id   text not null,
    body blob not null,
    primary key (kind, id)
) without rowid, strict;

-- A body counts as kept when its row stands here; its pieces are written before.
create table archive (
    hash   blob primary key,
    pieces integer not null
) without rowid, strict;

create table piece (
    hash blob not null,
    i    integer not null,
    body blob not null,
    primary key (hash, i)
) strict;
