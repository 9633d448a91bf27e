// Panics with the state of a trap.
#ifndef PANIC_H
#define PANIC_H

#include "core.h"

_Noreturn void panic_trap(const struct trap_frame *frame, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// For the runner, not for people: `signal N` once a signal from outside would arrive, @ADDRESS lines of a
// backtrace, and last the exit code in decimal.
void debugcon_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void backtrace_print(uint64_t rip, uint64_t rbp);

#endif
