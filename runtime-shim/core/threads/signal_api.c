// The signal functions of libc.
#include "errors.h"
#include "signals.h"
#include "threads.h"

static bool valid(int signal) {
    return signal >= 1 && signal <= SIGRTMAX;
}

int sigemptyset(sigset_t *set) {
    *set = (sigset_t){0};
    return 0;
}
int sigfillset(sigset_t *set) {
    *set = (sigset_t){{~0ull}};
    return 0;
}
int sigaddset(sigset_t *set, int signal) {
    if (!valid(signal))
        return error_set(EINVAL);
    set->bits[0] |= signal_bit(signal);
    return 0;
}
int sigdelset(sigset_t *set, int signal) {
    if (!valid(signal))
        return error_set(EINVAL);
    set->bits[0] &= ~signal_bit(signal);
    return 0;
}
int sigismember(const sigset_t *set, int signal) {
    return valid(signal) ? (int)(set->bits[0] >> (signal - 1) & 1) : error_set(EINVAL);
}

int __libc_current_sigrtmin(void) {
    return SIGRTMIN;
}
int __libc_current_sigrtmax(void) {
    return SIGRTMAX;
}

int sigaction(int signal, const struct sigaction *new, struct sigaction *old) {
    if (!valid(signal) || (new && (signal == SIGKILL || signal == SIGSTOP)))
        return error_set(EINVAL);
    uint64_t flags = irq_save();
    if (old)
        *old = signal_actions[signal];
    if (new)
        signal_actions[signal] = *new;
    irq_restore(flags);
    return 0;
}

uint64_t signal(int number, uint64_t handler) {
    struct sigaction action = {.handler = handler}, old;
    return sigaction(number, &action, &old) ? (uint64_t)-1 : old.handler;
}

enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

static uint64_t mask_change(uint64_t how, uint64_t set, uint64_t old, uint64_t d) {
    (void)d;
    struct thread *t = thread_current();
    uint64_t mask = t->masked;
    if (old)
        *(sigset_t *)old = (sigset_t){{mask}};
    if (set) {
        uint64_t bits = ((const sigset_t *)set)->bits[0];
        switch (how) {
        case SIG_BLOCK:
            mask |= bits;
            break;
        case SIG_UNBLOCK:
            mask &= ~bits;
            break;
        case SIG_SETMASK:
            mask = bits;
            break;
        default:
            return EINVAL;
        }
        signal_mask_set(t, mask);
    }
    return 0;
}

int pthread_sigmask(int how, const sigset_t *set, sigset_t *old) {
    return (int)kernel_call(mask_change, (uint64_t)how, (uint64_t)set, (uint64_t)old, 0);
}
int sigprocmask(int how, const sigset_t *set, sigset_t *old) {
    int error = pthread_sigmask(how, set, old);
    return error ? error_set(error) : 0;
}

static uint64_t send_to_thread(uint64_t thread, uint64_t signal, uint64_t c, uint64_t d) {
    (void)c, (void)d;
    struct thread *t = (struct thread *)thread;
    if (t->state == THREAD_DEAD)
        return ESRCH;
    if (signal)
        signal_send(t, (int)signal);
    return 0;
}

int pthread_kill(struct thread *t, int signal) {
    if (signal && !valid(signal))
        return EINVAL;
    return (int)kernel_call(send_to_thread, (uint64_t)t, (uint64_t)signal, 0, 0);
}

int raise(int signal) {
    int error = pthread_kill(thread_current(), signal);
    return error ? error_set(error) : 0;
}

static uint64_t send_to_process(uint64_t signal, uint64_t b, uint64_t c, uint64_t d) {
    (void)b, (void)c, (void)d;
    signal_send_process((int)signal);
    return 0;
}

int kill(int process, int signal) {
    if (process != PROCESS_ID && process != 0 && process != -1)
        return error_set(ESRCH);
    if (signal && !valid(signal))
        return error_set(EINVAL);
    if (signal)
        kernel_call(send_to_process, (uint64_t)signal, 0, 0, 0);
    return 0;
}
