/* Calls of the system that fail when they are told to, for files whose path contains a text.
 *
 * In: the library is preloaded; `FAULTS_PATH` is the text, `FAULTS_CONTROL` a file of seven numbers, which
 * whoever tests writes and reads while the process runs. Out: the call of the given number, and where it is
 * said all behind it, fail with the given error and do nothing; half a write is what a disk that fills up does:
 * the call writes half of what it was given and says so, and the next one fails. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, TRUNCATE = 4, OPEN = 8 };

static struct control {
    uint32_t calls;   /* which calls are counted */
    uint32_t at;      /* the number of the call that fails, from 1; 0 for none */
    uint32_t error;   /* with which error */
    uint32_t lasting; /* whether those behind it fail, too */
    uint32_t half;    /* whether it writes half, and the next one fails */
    uint32_t count;   /* how many were counted */
    uint32_t failed;  /* how many did not do what they were asked */
} *control;

static const char *text;

__attribute__((constructor)) static void begin(void)
{
    const char *file = getenv("FAULTS_CONTROL");
    text = getenv("FAULTS_PATH");
    if (!file || !text)
        return;
    int fd = open(file, O_RDWR);
    void *found = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (found == MAP_FAILED) {
        fprintf(stderr, "faults: `%s` cannot be read\n", file);
        abort();
    }
    close(fd);
    control = found;
}

enum verdict { PASS, HALF, FAIL };

static enum verdict judge(uint32_t call, const char *path)
{
    if (!control || !(control->calls & call) || !strstr(path, text))
        return PASS;
    uint32_t number = __atomic_add_fetch(&control->count, 1, __ATOMIC_SEQ_CST), at = control->at;
    if (at == 0 || number < at)
        return PASS;
    if (number > at && !control->lasting && !(control->half && number == at + 1))
        return PASS;
    __atomic_add_fetch(&control->failed, 1, __ATOMIC_SEQ_CST);
    if (number == at && control->half && call == WRITE)
        return HALF;
    errno = (int)control->error;
    return FAIL;
}

static enum verdict judge_open_file(uint32_t call, int fd)
{
    char link[64], path[4096];
    if (!control || !(control->calls & call))
        return PASS;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return PASS;
    path[length] = 0;
    return judge(call, path);
}

#define REAL(name, result, ...) result (*real)(__VA_ARGS__) = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *from, size_t bytes)
{
    REAL(write, ssize_t, int, const void *, size_t);
    enum verdict verdict = judge_open_file(WRITE, fd);
    return verdict == FAIL ? -1 : real(fd, from, verdict == HALF ? bytes / 2 : bytes);
}

#define PWRITE(name, offset_type)                                                                    \
    ssize_t name(int fd, const void *from, size_t bytes, offset_type to)                             \
    {                                                                                                \
        REAL(name, ssize_t, int, const void *, size_t, offset_type);                             \
        enum verdict verdict = judge_open_file(WRITE, fd);                                           \
        return verdict == FAIL ? -1 : real(fd, from, verdict == HALF ? bytes / 2 : bytes, to);       \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define SYNC(name)                                                                                   \
    int name(int fd)                                                                                 \
    {                                                                                                \
        REAL(name, int, int);                                                                    \
        return judge_open_file(SYNC, fd) == PASS ? real(fd) : -1;                                    \
    }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name, offset_type)                                                                  \
    int name(int fd, offset_type to)                                                                 \
    {                                                                                                \
        REAL(name, int, int, offset_type);                                                       \
        return judge_open_file(TRUNCATE, fd) == PASS ? real(fd, to) : -1;                            \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

/* To open a file for reading is no change. */
#define OPEN(name)                                                                                   \
    int name(const char *path, int flags, ...)                                                       \
    {                                                                                                \
        REAL(name, int, const char *, int, ...);                                                 \
        va_list rest;                                                                                \
        va_start(rest, flags);                                                                       \
        unsigned mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, unsigned) : 0;                  \
        va_end(rest);                                                                                \
        int changes = (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC);                \
        return changes && judge(OPEN, path) != PASS ? -1 : real(path, flags, mode);                  \
    }
OPEN(open)
OPEN(open64)
