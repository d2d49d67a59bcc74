package process

// BoardNice is the priority of a board server that nobody has given another.
const BoardNice = 10
