// memcpy and memset without vector registers. Compilers emit calls of them for assignments of structures, in
// traps too, where the vector registers are the interrupted program's; libc's use SSE. The Makefile renames
// the calls in all objects but libc's.
#include <stddef.h>

void *plain_memcpy(void *to, const void *from, size_t length) {
    void *result = to;
    size_t words = length / 8, rest = length % 8; // an emulator does one word in the time of one byte
    __asm__ volatile("rep movsq\n mov %3, %2\n rep movsb"
                     : "+D"(to), "+S"(from), "+c"(words)
                     : "r"(rest)
                     : "memory");
    return result;
}

void *plain_memset(void *to, int value, size_t length) {
    void *result = to;
    size_t words = length / 8, rest = length % 8;
    __asm__ volatile("rep stosq\n mov %2, %1\n rep stosb"
                     : "+D"(to), "+c"(words)
                     : "r"(rest), "a"((unsigned char)value * 0x0101010101010101)
                     : "memory");
    return result;
}
