// The table of open files behind read(), write() and stdio.
#ifndef FILES_H
#define FILES_H

#include "libc.h"
#include <sys/stat.h>

struct file;
struct file_operations {
    // Bytes moved, or a negative errno. NULL: EBADF.
    long (*read)(struct file *file, void *buffer, size_t length);
    long (*write)(struct file *file, const void *bytes, size_t length);
    void (*close)(struct file *file);
    void (*duplicated)(struct file *file); // one more descriptor has this state; each will be closed
    bool (*readable)(struct file *file);   // read() would not wait; NULL: always
    mode_t mode;
};

struct file {
    const struct file_operations *operations; // NULL: the slot is free
    void *state;
    int status_flags, descriptor_flags; // O_NONBLOCK..., FD_CLOEXEC
};

struct file *file_get(int fd); // NULL and errno = EBADF: not open
int file_open(const struct file_operations *operations, void *state,
              int flags); // the lowest free descriptor, or -errno

#endif
