// malloc and its family: memory/heap.c under C's names.
#include "heap.h"
#include "libc.h"
#include <string.h>

static void *or_enomem(void *object) {
    if (!object)
        errno = ENOMEM;
    return object;
}

void *malloc(size_t size) {
    return or_enomem(heap_alloc(size));
}

void *calloc(size_t count, size_t size) {
    size_t bytes;
    return or_enomem(__builtin_mul_overflow(count, size, &bytes) ? NULL : heap_alloc_zeroed(bytes));
}

void free(void *object) {
    heap_free(object);
}

void *realloc(void *object, size_t size) {
    if (!object)
        return malloc(size);
    size_t have = heap_usable_size(object);
    if (size <= have && size >= have / 2)
        return object;
    void *moved = or_enomem(heap_alloc(size));
    if (moved) {
        memcpy(moved, object, size < have ? size : have);
        heap_free(object);
    }
    return moved;
}

void *aligned_alloc(size_t alignment, size_t size) {
    if (!alignment || alignment & (alignment - 1)) {
        errno = EINVAL;
        return NULL;
    }
    return or_enomem(heap_alloc_aligned(alignment, size));
}

int posix_memalign(void **object, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || alignment & (alignment - 1))
        return EINVAL;
    void *memory = heap_alloc_aligned(alignment, size);
    if (!memory)
        return ENOMEM;
    *object = memory;
    return 0;
}

size_t malloc_usable_size(void *object) {
    return object ? heap_usable_size(object) : 0;
}
