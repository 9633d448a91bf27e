// The heap behind malloc() and kmalloc(). NULL: no memory.
#ifndef HEAP_H
#define HEAP_H

#include "core.h"

void *heap_alloc(size_t size);
void *heap_alloc_zeroed(size_t size);
void *heap_alloc_aligned(size_t alignment, size_t size); // a power of two
size_t heap_usable_size(const void *object);
void heap_free(void *object);
size_t heap_pages_used(void); // of the direct map

#endif
