// What a server runs on whose disk is full: as long as the file that TERANG_FULL names
// exists, no regular file grows, as on a file system without a free block. What lies
// within a file's present end is written as ever.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int full(int fd, off_t end) {
	struct stat st;
	const char *flag = getenv("TERANG_FULL");
	if (flag == NULL || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || end <= st.st_size || access(flag, F_OK) != 0)
		return 0;
	errno = ENOSPC;
	return 1;
}

static off_t here(int fd) {
	struct stat st;
	int flags = fcntl(fd, F_GETFL);
	if (flags >= 0 && (flags & O_APPEND) && fstat(fd, &st) == 0)
		return st.st_size;
	return lseek(fd, 0, SEEK_CUR);
}

static off_t sum(const struct iovec *v, int n) {
	off_t all = 0;
	for (int i = 0; i < n; i++)
		all += v[i].iov_len;
	return all;
}

#define REAL(name, result, ...) static result (*real)(__VA_ARGS__); if (!real) *(void **)&real = dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *b, size_t n) {
	REAL("write", ssize_t, int, const void *, size_t);
	int was = errno;
	off_t at = here(fd);
	errno = was;
	return at >= 0 && full(fd, at + n) ? -1 : real(fd, b, n);
}

ssize_t writev(int fd, const struct iovec *v, int n) {
	REAL("writev", ssize_t, int, const struct iovec *, int);
	int was = errno;
	off_t at = here(fd);
	errno = was;
	return at >= 0 && full(fd, at + sum(v, n)) ? -1 : real(fd, v, n);
}

ssize_t pwrite(int fd, const void *b, size_t n, off_t at) {
	REAL("pwrite", ssize_t, int, const void *, size_t, off_t);
	return full(fd, at + n) ? -1 : real(fd, b, n, at);
}

ssize_t pwritev(int fd, const struct iovec *v, int n, off_t at) {
	REAL("pwritev", ssize_t, int, const struct iovec *, int, off_t);
	return full(fd, at + sum(v, n)) ? -1 : real(fd, v, n, at);
}

int posix_fallocate(int fd, off_t at, off_t n) {
	REAL("posix_fallocate", int, int, off_t, off_t);
	return full(fd, at + n) ? ENOSPC : real(fd, at, n);
}

ssize_t pwrite64(int fd, const void *b, size_t n, off_t at) __attribute__((alias("pwrite")));
ssize_t pwritev64(int fd, const struct iovec *v, int n, off_t at) __attribute__((alias("pwritev")));
int posix_fallocate64(int fd, off_t at, off_t n) __attribute__((alias("posix_fallocate")));
