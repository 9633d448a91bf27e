// Files as the core has them: the console, two devices, pipes. There is no file system below; every other
// path is absent. (The file systems of a program are in C#, above: Unikernel.FileSystem.)
#include "files.h"
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES_MAX 64

// ---- the console, /dev/null, /dev/urandom
// ---------------------------------------------------------------------------

static long console_file_read(struct file *file, void *buffer, size_t length) {
    (void)file;
    return length ? (long)console_read(buffer, length) : 0;
}

static long console_file_write(struct file *file, const void *bytes, size_t length) {
    (void)file;
    console_write(bytes, length);
    return (long)length;
}

static long null_read(struct file *file, void *buffer, size_t length) {
    (void)file, (void)buffer, (void)length;
    return 0;
}

static long null_write(struct file *file, const void *bytes, size_t length) {
    (void)file, (void)bytes;
    return (long)length;
}

static long random_read(struct file *file, void *buffer, size_t length) {
    (void)file;
    entropy_fill(buffer, length);
    return (long)length;
}

static const struct file_operations console = {
    .read = console_file_read, .write = console_file_write, .mode = S_IFCHR | 0620};
static const struct file_operations null = {.read = null_read, .write = null_write, .mode = S_IFCHR | 0666};
static const struct file_operations random = {
    .read = random_read, .write = null_write, .mode = S_IFCHR | 0666};

// ---- the table
// ----------------------------------------------------------------------------------------------------------

static struct file files[FILES_MAX];

__attribute__((constructor(101))) static void files_init(void) {
    for (int fd = 0; fd < 3; fd++)
        files[fd] = (struct file){.operations = &console, .status_flags = O_RDWR};
}

struct file *file_get(int fd) {
    if (fd >= 0 && fd < FILES_MAX && files[fd].operations)
        return &files[fd];
    errno = EBADF;
    return NULL;
}

static int slot_take(const struct file *content, int lowest) {
    int fd = -EMFILE;
    uint64_t irq = irq_save();
    for (int i = lowest; i < FILES_MAX; i++)
        if (!files[i].operations) {
            files[i] = *content;
            fd = i;
            break;
        }
    irq_restore(irq);
    return fd;
}

int file_open(const struct file_operations *operations, void *state, int flags) {
    struct file file = {.operations = operations,
                        .state = state,
                        .status_flags = flags & ~O_CLOEXEC,
                        .descriptor_flags = flags & O_CLOEXEC ? FD_CLOEXEC : 0};
    return slot_take(&file, 0);
}

int open64(const char *path, int flags, ...) {
    const struct file_operations *operations = NULL;
    if (!strcmp(path, "/dev/null"))
        operations = &null;
    else if (!strcmp(path, "/dev/urandom") || !strcmp(path, "/dev/random"))
        operations = &random;
    if (!operations) {
        errno = flags & O_CREAT ? EROFS : ENOENT;
        return -1;
    }
    return (int)libc_result(file_open(operations, NULL, flags));
}
int open(const char *path, int flags, ...) __attribute__((alias("open64")));

int close(int fd) {
    struct file *file = file_get(fd);
    if (!file)
        return -1;
    struct file closing = *file;
    file->operations = NULL;
    if (closing.operations->close)
        closing.operations->close(&closing);
    return 0;
}

ssize_t read(int fd, void *buffer, size_t length) {
    struct file *file = file_get(fd);
    return file ? libc_result(file->operations->read ? file->operations->read(file, buffer, length) : -EBADF)
                : -1;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    struct file *file = file_get(fd);
    return file ? libc_result(file->operations->write ? file->operations->write(file, bytes, length) : -EBADF)
                : -1;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    ssize_t total = 0;
    for (int i = 0; i < count; i++) {
        ssize_t n = write(fd, parts[i].iov_base, parts[i].iov_len);
        if (n < 0)
            return total ? total : n;
        total += n;
    }
    return total;
}

static int duplicate(struct file *file, int lowest, int descriptor_flags) {
    struct file copy = *file;
    copy.descriptor_flags = descriptor_flags;
    int fd = lowest < 0 ? -EINVAL : slot_take(&copy, lowest);
    if (fd >= 0 && copy.operations->duplicated)
        copy.operations->duplicated(&copy);
    return fd;
}

int dup(int fd) {
    struct file *file = file_get(fd);
    return file ? (int)libc_result(duplicate(file, 0, 0)) : -1;
}

int fcntl64(int fd, int command, ...) {
    va_list args;
    va_start(args, command);
    int argument = va_arg(args, int);
    va_end(args);
    struct file *file = file_get(fd);
    if (!file)
        return -1;
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        return (int)libc_result(duplicate(file, argument, command == F_DUPFD_CLOEXEC ? FD_CLOEXEC : 0));
    case F_GETFD:
        return file->descriptor_flags;
    case F_SETFD:
        file->descriptor_flags = argument;
        return 0;
    case F_GETFL:
        return file->status_flags;
    case F_SETFL:
        file->status_flags = (file->status_flags & O_ACCMODE) | (argument & ~O_ACCMODE);
        return 0;
    default:
        errno = EINVAL;
        return -1;
    }
}
int fcntl(int fd, int command, ...) __attribute__((alias("fcntl64")));

int dup2(int fd, int target) {
    struct file *file = file_get(fd);
    if (!file || fd == target)
        return file ? fd : -1;
    if (target < 0 || target >= FILES_MAX) {
        errno = EBADF;
        return -1;
    }
    if (files[target].operations)
        close(target);
    files[target] = *file;
    files[target].descriptor_flags = 0;
    if (file->operations->duplicated)
        file->operations->duplicated(file);
    return target;
}

// ---- what is known about a file
// ------------------------------------------------------------------------------------------

static void describe(mode_t mode, struct stat *out) {
    memset(out, 0, sizeof *out);
    out->st_mode = mode;
    out->st_nlink = 1;
    out->st_blksize = PAGE_SIZE;
}

int fstat64(int fd, struct stat64 *out) {
    struct file *file = file_get(fd);
    if (!file)
        return -1;
    describe(file->operations->mode, (struct stat *)out);
    return 0;
}

int stat64(const char *path, struct stat64 *out) {
    mode_t mode = 0;
    if (!strcmp(path, "/"))
        mode = S_IFDIR | 0555;
    else if (!strcmp(path, "/dev/null") || !strcmp(path, "/dev/urandom") || !strcmp(path, "/dev/random"))
        mode = S_IFCHR | 0666;
    if (!mode) {
        errno = ENOENT;
        return -1;
    }
    describe(mode, (struct stat *)out);
    return 0;
}

// Before glibc 2.33 the headers turned stat() into these; the stock archives are built against such headers.
int __fxstat64(int version, int fd, struct stat64 *out) {
    (void)version;
    return fstat64(fd, out);
}
int __xstat64(int version, const char *path, struct stat64 *out) {
    (void)version;
    return stat64(path, out);
}
int __lxstat64(int version, const char *path, struct stat64 *out) {
    (void)version;
    return stat64(path, out);
}

int access(const char *path, int mode) {
    struct stat64 unused;
    if (stat64(path, &unused))
        return -1;
    if (mode & W_OK && S_ISDIR(unused.st_mode)) {
        errno = EROFS;
        return -1;
    }
    return 0;
}
