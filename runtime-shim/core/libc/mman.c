// mmap and its family over memory/space.c. Only anonymous memory: there are no files to map here.
#include "libc.h"
#include "space.h"
#include <sys/mman.h>

void *mmap64(void *hint, size_t length, int protection, int flags, int fd, off_t offset) {
    (void)offset;
    uintptr_t at;
    long error = fd >= 0 && !(flags & MAP_ANONYMOUS)
                     ? -ENODEV
                     : space_map((uintptr_t)hint, length, protection, flags, &at);
    return libc_result(error) ? MAP_FAILED : (void *)at;
}
void *mmap(void *hint, size_t length, int protection, int flags, int fd, off_t offset)
    __attribute__((alias("mmap64")));

int munmap(void *start, size_t length) {
    return (int)libc_result(space_unmap((uintptr_t)start, length));
}

int mprotect(void *start, size_t length, int protection) {
    return (int)libc_result(space_protect((uintptr_t)start, length, protection));
}

// Only what gives memory back has an effect; all else is advice about core dumps, sharing or page sizes,
// which may be ignored.
int madvise(void *start, size_t length, int advice) {
    if (advice == MADV_DONTNEED || advice == MADV_FREE)
        return (int)libc_result(space_discard((uintptr_t)start, length));
    return 0;
}

int msync(void *start, size_t length, int flags) {
    (void)start, (void)length, (void)flags;
    return 0;
}

// Nothing is ever paged out; locking means that the pages are there.
int mlock(const void *start, size_t length) {
    if (memory_populate((uintptr_t)start, length, true) || memory_populate((uintptr_t)start, length, false))
        return 0;
    errno = ENOMEM;
    return -1;
}

int munlock(const void *start, size_t length) {
    (void)start, (void)length;
    return 0;
}
