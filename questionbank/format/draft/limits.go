package draft

// Limits of what is read. They are far above any bank that people write, and far below what
// would hurt the machine that reads.
const (
	MaxFile    = 64 << 20  // bytes of one file or archive
	MaxEntries = 5000      // files in an archive
	MaxEntry   = 16 << 20  // bytes of one file in an archive, unpacked
	MaxTotal   = 256 << 20 // bytes of all files of an archive, unpacked
	MaxRatio   = 200       // unpacked bytes for each packed one, beyond the first MiB
	MaxDepth   = 64        // XML elements inside each other
	MaxNodes   = 1_000_000 // XML elements and texts of one file
	MaxText    = 256 << 10 // bytes of one text, before it is cleaned
	MaxItems   = 20_000    // questions of one import
	MaxPicture = 4 << 20   // bytes of a picture before it is converted
)
