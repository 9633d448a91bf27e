// What the files of libc/ share. They implement glibc's ABI: the stock archives were compiled against its
// headers, so these files include them, too (x86_64-linux-gnu), and never define a type of their own for what
// crosses the boundary.
#ifndef LIBC_H
#define LIBC_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "core.h"
#include <errno.h>

// 0 or a negative errno becomes libc's convention: -1 and errno.
static inline long libc_result(long value) {
    if (value >= 0)
        return value;
    errno = (int)-value;
    return -1;
}

#endif
