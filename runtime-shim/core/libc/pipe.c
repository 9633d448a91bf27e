// Pipes inside the one process. libSystem.Native (pal_signal.c) hands signals to its own thread through one.
#include "files.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CAPACITY 4096u

struct pipe {
    char bytes[CAPACITY];
    unsigned start, length, readers, writers;
    struct wait_queue can_read, can_write;
};

static long pipe_read(struct file *file, void *buffer, size_t length) {
    struct pipe *pipe = file->state;
    long done = 0;
    uint64_t irq = irq_save();
    while (!pipe->length && pipe->writers && length) {
        if (file->status_flags & O_NONBLOCK) {
            done = -EAGAIN;
            goto out;
        }
        wait_on(&pipe->can_read, WAIT_FOREVER);
    }
    for (; pipe->length && (size_t)done < length; done++, pipe->length--) {
        ((char *)buffer)[done] = pipe->bytes[pipe->start];
        pipe->start = (pipe->start + 1) % CAPACITY;
    }
    wake_all(&pipe->can_write);
out:
    irq_restore(irq);
    return done;
}

static long pipe_write(struct file *file, const void *bytes, size_t length) {
    struct pipe *pipe = file->state;
    long done = 0;
    uint64_t irq = irq_save();
    while ((size_t)done < length) {
        if (!pipe->readers) {
            done = done ? done : -EPIPE;
            break;
        }
        if (pipe->length == CAPACITY) {
            if (file->status_flags & O_NONBLOCK) {
                done = done ? done : -EAGAIN;
                break;
            }
            wait_on(&pipe->can_write, WAIT_FOREVER);
            continue;
        }
        pipe->bytes[(pipe->start + pipe->length++) % CAPACITY] = ((const char *)bytes)[done++];
        wake_all(&pipe->can_read);
    }
    irq_restore(irq);
    return done;
}

static void release(struct pipe *pipe) {
    bool last = !pipe->readers && !pipe->writers;
    wake_all(&pipe->can_read);
    wake_all(&pipe->can_write);
    if (last)
        free(pipe);
}

static void another_reader(struct file *file) {
    ((struct pipe *)file->state)->readers++;
}

static void another_writer(struct file *file) {
    ((struct pipe *)file->state)->writers++;
}

static void close_reader(struct file *file) {
    struct pipe *pipe = file->state;
    uint64_t irq = irq_save();
    pipe->readers--;
    release(pipe);
    irq_restore(irq);
}

static void close_writer(struct file *file) {
    struct pipe *pipe = file->state;
    uint64_t irq = irq_save();
    pipe->writers--;
    release(pipe);
    irq_restore(irq);
}

static bool pipe_readable(struct file *file) {
    struct pipe *pipe = file->state;
    return pipe->length || !pipe->writers;
}

static const struct file_operations reader = {.read = pipe_read,
                                              .close = close_reader,
                                              .duplicated = another_reader,
                                              .readable = pipe_readable,
                                              .mode = S_IFIFO | 0600};
static const struct file_operations writer = {
    .write = pipe_write, .close = close_writer, .duplicated = another_writer, .mode = S_IFIFO | 0600};

int pipe2(int fds[2], int flags) {
    struct pipe *pipe = calloc(1, sizeof *pipe);
    if (!pipe)
        return -1;
    pipe->readers = pipe->writers = 1;
    int in = file_open(&reader, pipe, O_RDONLY | flags);
    int out = in < 0 ? in : file_open(&writer, pipe, O_WRONLY | flags);
    if (out >= 0) {
        fds[0] = in;
        fds[1] = out;
        return 0;
    }
    if (in >= 0) {
        pipe->writers = 0;
        close(in);
    } else
        free(pipe);
    errno = -out;
    return -1;
}

int pipe(int fds[2]) {
    return pipe2(fds, 0);
}
