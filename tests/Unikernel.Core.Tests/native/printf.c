// sources: console/printf.c
#include "check.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int kvsnprintf(char *buffer, size_t size, const char *format, va_list args);
void console_write(const void *bytes, size_t length);
void console_write(const void *bytes, size_t length) { // kprintf() refers to it
    fwrite(bytes, 1, length, stdout);
}

// Formats with the core and with the host's libc, in a buffer of each small size too, and compares all that C
// says of the result.
__attribute__((format(printf, 1, 2))) static void same_as_libc(const char *format, ...) {
    for (size_t size = 0; size < 80; size = size < 6 ? size + 1 : size * 2) {
        char *ours = malloc(size + 1), *theirs = malloc(size + 1);
        memset(ours, '~', size + 1);
        memset(theirs, '~', size + 1);
        va_list a, b;
        va_start(a, format);
        va_copy(b, a);
        int n = kvsnprintf(ours, size, format, a), m = vsnprintf(theirs, size, format, b);
        va_end(b);
        va_end(a);
        if (n != m || memcmp(ours, theirs, size + 1)) {
            printf("FAIL \"%s\" in %zu bytes: %d \"%.*s\", not %d \"%.*s\"\n", format, size, n, (int)size,
                   ours, m, (int)size, theirs);
            check_failures++;
        }
        free(ours);
        free(theirs);
    }
}

static void integers(void) {
    static const long values[] = {0, 1, -1, 42, -42, 123456789, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
        long v = values[i];
        same_as_libc("%ld|%5ld|%-5ld|%05ld|%+ld|% ld|%.3ld|%8.3ld|%-8.3ld|", v, v, v, v, v, v, v, v, v);
        same_as_libc("%lu|%lx|%lX|%#lx|%#lX|%lo|%#lo|%018lx|%#018lx|", v, v, v, v, v, v, v, v, v);
        same_as_libc("%d|%u|%x|%hd|%hu|%hhd|%hhu|", (int)v, (unsigned)v, (unsigned)v, (short)v,
                     (unsigned short)v, (signed char)v, (unsigned char)v);
        same_as_libc("%zd|%zu|%jd|%td|%lld|%llx", (ssize_t)v, (size_t)v, (intmax_t)v, (ptrdiff_t)v,
                     (long long)v, (unsigned long long)v);
    }
}

static void precision_zero_of_zero_is_empty(void) {
    same_as_libc("[%.0d][%.0x][%5.0d][%.d]", 0, 0, 0, 0);
}

static void strings(void) {
    const char *volatile none = NULL;
    same_as_libc("%s|%5s|%-5s|%.2s|%5.1s|%.0s|", "abc", "abc", "abc", "abc", "abc", "abc");
    same_as_libc("%s", none);
    char unterminated[3] = {'x', 'y', 'z'};
    same_as_libc("%.3s", unterminated); // the precision keeps it from reading on
    same_as_libc("%c%3c%-3c|%%|", 'a', 'b', 'c');
}

static void stars(void) {
    same_as_libc("%*d|%-*d|%*d|%.*d|%.*d|%*.*s|", 6, 1, 6, 2, -6, 3, 4, 5, -1, 6, 5, 2, "abc");
}

static void pointers(void) {
    same_as_libc("%p %p %20p|%-20p|", (void *)0x1234, (void *)0, (void *)UINTPTR_MAX, (void *)1);
}

int main(void) {
    RUN(integers);
    RUN(precision_zero_of_zero_is_empty);
    RUN(strings);
    RUN(stars);
    RUN(pointers);
    return check_failures != 0;
}
