-- What attempts and sittings do stands here by the dozen: a row for each record took longer to
-- be written than all else that a commit does. Table event keeps what was written before, and
-- takes what a removal leaves of a pack.
create table pack (
    first integer primary key, -- position of the first record in it
    last  integer not null,    -- and of the last; between them is what stands in this pack, or in settled
    body  blob not null        -- see pack.go
) strict;
