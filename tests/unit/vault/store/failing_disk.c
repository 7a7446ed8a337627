/* Preloaded into a process: the n-th call that changes a file below a folder fails, and so does each one after it.
 *
 * MLID_FAULT_FOLDER  calls on files below this folder count
 * MLID_FAULT_AT      which call fails first, from 1; 0: none does
 * MLID_FAULT_ERRNO   as this number
 * MLID_FAULT_ONCE    "1": that call alone
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long calls;

static int below(const char *path) {
    const char *folder = getenv("MLID_FAULT_FOLDER");
    return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int fails(const char *path) {
    const char *at = getenv("MLID_FAULT_AT"), *number = getenv("MLID_FAULT_ERRNO"), *once = getenv("MLID_FAULT_ONCE");
    long first = at ? atol(at) : 0;
    if (!first || !below(path)) return 0;
    calls++;
    if (calls < first || (once && *once == '1' && calls > first)) return 0;
    errno = number ? atoi(number) : EIO;
    return 1;
}

static int file_fails(int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return fails(path);
}

#define REAL(name, type) type = dlsym(RTLD_NEXT, name)

ssize_t write(int descriptor, const void *content, size_t length) {
    ssize_t (*real)(int, const void *, size_t);
    REAL("write", real);
    return file_fails(descriptor) ? -1 : real(descriptor, content, length);
}
ssize_t pwrite(int descriptor, const void *content, size_t length, off_t at) {
    ssize_t (*real)(int, const void *, size_t, off_t);
    REAL("pwrite", real);
    return file_fails(descriptor) ? -1 : real(descriptor, content, length, at);
}
ssize_t pwrite64(int descriptor, const void *content, size_t length, off64_t at) {
    ssize_t (*real)(int, const void *, size_t, off64_t);
    REAL("pwrite64", real);
    return file_fails(descriptor) ? -1 : real(descriptor, content, length, at);
}
int fsync(int descriptor) {
    int (*real)(int);
    REAL("fsync", real);
    return file_fails(descriptor) ? -1 : real(descriptor);
}
int fdatasync(int descriptor) {
    int (*real)(int);
    REAL("fdatasync", real);
    return file_fails(descriptor) ? -1 : real(descriptor);
}
int ftruncate(int descriptor, off_t length) {
    int (*real)(int, off_t);
    REAL("ftruncate", real);
    return file_fails(descriptor) ? -1 : real(descriptor, length);
}
int ftruncate64(int descriptor, off64_t length) {
    int (*real)(int, off64_t);
    REAL("ftruncate64", real);
    return file_fails(descriptor) ? -1 : real(descriptor, length);
}
int rename(const char *from, const char *to) {
    int (*real)(const char *, const char *);
    REAL("rename", real);
    return fails(to) ? -1 : real(from, to);
}
int unlink(const char *path) {
    int (*real)(const char *);
    REAL("unlink", real);
    return fails(path) ? -1 : real(path);
}
int open64(const char *path, int flags, ...) {
    int (*real)(const char *, int, ...);
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) ? va_arg(more, mode_t) : 0;
    va_end(more);
    REAL("open64", real);
    if ((flags & O_ACCMODE) != O_RDONLY && fails(path)) return -1;
    return real(path, flags, mode);
}
int open(const char *path, int flags, ...) {
    int (*real)(const char *, int, ...);
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) ? va_arg(more, mode_t) : 0;
    va_end(more);
    REAL("open", real);
    if ((flags & O_ACCMODE) != O_RDONLY && fails(path)) return -1;
    return real(path, flags, mode);
}
