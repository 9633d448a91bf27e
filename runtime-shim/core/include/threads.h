// threads/: what a thread is, and the scheduler's entry points for the rest of the core.
#ifndef THREADS_H
#define THREADS_H

#include "core.h"

#define THREAD_NAME_MAX 16 // as Linux: 15 characters
#define THREAD_KEYS_MAX 128
#define MAIN_STACK_SIZE (8ul << 20) // glibc's default (RLIMIT_STACK)
#define KERNEL_STACK_SIZE 8192ul

enum thread_state { THREAD_READY, THREAD_RUNNING, THREAD_WAITING, THREAD_DEAD };

struct tls_destructor {
    void (*function)(void *);
    void *object;
    struct tls_destructor *next;
};

struct thread {
    // These three are known to traps.S (include/offsets.h).
    bool signals_ready; // pending & ~masked
    uintptr_t stack_low;
    size_t stack_size;

    uint8_t state;
    bool timed_out, detached, on_timers;
    uint32_t id;
    uint64_t saved_rsp;
    uint64_t thread_pointer; // FS base
    uint64_t kernel_stack_top;
    void *vector_state;         // while preempted
    struct thread *next, *prev; // in the run queue or in wait_queue *queue
    struct wait_queue *queue;
    uint64_t deadline;
    struct thread *timer_next, *timer_prev;
    uint64_t budget_ns; // what is left of its time slice
    uint64_t cpu_ns;    // time that it ran

    uint64_t pending, masked; // signals; bit n-1 is signal n

    void *(*start)(void *);
    void *argument, *result;
    struct wait_queue joiners;
    char name[THREAD_NAME_MAX];
    void *keys[THREAD_KEYS_MAX];
    struct tls_destructor *tls_destructors;

    struct thread *all_next, *all_prev;
};
extern struct thread *all_threads; // those that have not finished

void sched_init(void);
_Noreturn void sched_idle(void);
void sched_timer(void);                          // the timer interrupt
void sched_preempt(void);                        // at the end of an interrupt: switches if that is due
uint64_t sched_cpu_time(const struct thread *t); // ns; NULL: all threads together
void sched_ready(struct thread *t);              // a new thread
_Noreturn void sched_finish(void);               // the current thread never runs again
void sched_interrupt(bool entering);             // around the handlers of devices

void thread_start_main(void *(*start)(void *));
// *created is set before the thread runs. False: no memory.
bool thread_create(struct thread **created, void *(*start)(void *), void *argument, size_t stack_size,
                   bool detached);
_Noreturn void thread_exit(void *result);
void thread_reap(void); // frees detached threads that have finished
void *thread_join(struct thread *t);
void thread_detach(struct thread *t);

void console_init(void);
_Noreturn void exit(int code);

#endif
