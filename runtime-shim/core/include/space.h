// The address space as libc's mman functions see it. Results are 0 or a negative errno.
#ifndef SPACE_H
#define SPACE_H

#include "core.h"

int space_map(uintptr_t hint, size_t length, int protection, int flags, uintptr_t *result);
int space_unmap(uintptr_t start, size_t length);
int space_protect(uintptr_t start, size_t length, int protection);
int space_discard(uintptr_t start, size_t length); // frames go back, the range stays and reads as zero

#endif
