// unikernel.h: signals from outside, for the library OS.
#include "signals.h"
#include "core.h"
#include "unikernel.h"

static uint64_t handled, arrived;
static struct wait_queue waiters;

static bool take(int signal) {
    if (!(handled & signal_bit(signal)))
        return false;
    arrived |= signal_bit(signal);
    wake_all(&waiters);
    return true;
}

void uk_signal_handle(int32_t signal, int32_t wanted) {
    uint64_t flags = irq_save();
    signal_machine_hook = take;
    if (wanted)
        handled |= signal_bit(signal);
    else
        handled &= ~signal_bit(signal);
    irq_restore(flags);
    if (wanted && signal == SIGINT)
        console_ready(); // Ctrl+C comes by the console's interrupt, which this turns on
    if (wanted && signal == SIGTERM)
        power_button_enable();
}

static uint64_t wait_locked(uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
    (void)a, (void)b, (void)c, (void)d;
    while (!arrived)
        wait_on(&waiters, WAIT_FOREVER);
    int signal = __builtin_ctzll(arrived) + 1;
    arrived &= ~signal_bit(signal);
    return (uint64_t)signal;
}

int32_t uk_signal_wait(void) {
    return (int32_t)kernel_call(wait_locked, 0, 0, 0, 0);
}

_Noreturn void uk_signal_default(int32_t signal) {
    machine_exit(128 + signal);
}
