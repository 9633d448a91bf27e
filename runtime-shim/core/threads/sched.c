// The scheduler: one queue of runnable threads a CPU, round robin. The timer is one-shot and armed only for
// the earliest sleeper and, while somebody else is runnable, for the end of the current slice: an idle
// machine gets no interrupts.
//
// A thread that an interrupt wakes goes to the front of the queue as long as its slice is not used up:
// sleepers and waiters for devices run at once, and still can not starve those that compute.
//
// Everything here runs with interrupts off.
#include "cpu.h"
#include "offsets.h"
#include "threads.h"

_Static_assert(offsetof(struct thread, signals_ready) == THREAD_SIGNALS_READY &&
                   offsetof(struct thread, stack_low) == THREAD_STACK_LOW &&
                   offsetof(struct thread, stack_size) == THREAD_STACK_SIZE,
               "include/offsets.h");

#define SLICE_NS 5000000ull
static uint64_t slice_ns = SLICE_NS;
static bool tick_always; // uk.tick: preempt at the tick's rate, to shake out races

void context_switch(uint64_t *save_rsp, uint64_t load_rsp);

// ---- queues ----

static void queue_append(struct wait_queue *q, struct thread *t) {
    t->next = NULL;
    t->prev = q->tail;
    *(q->tail ? &q->tail->next : &q->head) = t;
    q->tail = t;
}

static void queue_prepend(struct wait_queue *q, struct thread *t) {
    t->prev = NULL;
    t->next = q->head;
    *(q->head ? &q->head->prev : &q->tail) = t;
    q->head = t;
}

static void queue_remove(struct wait_queue *q, struct thread *t) {
    *(t->prev ? &t->prev->next : &q->head) = t->next;
    *(t->next ? &t->next->prev : &q->tail) = t->prev;
}

static void timers_insert(struct cpu *c, struct thread *t) {
    struct thread *previous = NULL, *next = c->timers;
    while (next && next->deadline <= t->deadline) {
        previous = next;
        next = next->timer_next;
    }
    t->timer_prev = previous;
    t->timer_next = next;
    *(previous ? &previous->timer_next : &c->timers) = t;
    if (next)
        next->timer_prev = t;
    t->on_timers = true;
}

static void timers_remove(struct cpu *c, struct thread *t) {
    *(t->timer_prev ? &t->timer_prev->timer_next : &c->timers) = t->timer_next;
    if (t->timer_next)
        t->timer_next->timer_prev = t->timer_prev;
    t->on_timers = false;
}

// ---- timer ----

// Programming the timer leaves the guest, so one that is set too early stays: its interrupt finds nothing and
// sets the next.
static void timer_update(struct cpu *c) {
    uint64_t wanted = c->timers ? c->timers->deadline : WAIT_FOREVER;
    if (c->current != c->idle && (c->run.head || tick_always) && c->slice_end < wanted)
        wanted = c->slice_end;
    if (wanted < c->armed) {
        c->armed = wanted;
        timer_arm(wanted);
    }
}

static void wake(struct cpu *c, struct thread *t, bool timed_out, bool at_once) {
    if (t->queue)
        queue_remove(t->queue, t);
    t->queue = NULL;
    if (t->on_timers)
        timers_remove(c, t);
    t->timed_out = timed_out;
    t->state = THREAD_READY;
    if (at_once && t->budget_ns) {
        queue_prepend(&c->run, t);
        c->resched = true;
    } else
        queue_append(&c->run, t);
    if (c->current == c->idle)
        c->resched = true;
}

void sched_timer(void) {
    struct cpu *c = cpu_current();
    uint64_t now = time_monotonic_ns();
    c->armed = WAIT_FOREVER;
    while (c->timers && c->timers->deadline <= now)
        wake(c, c->timers, true, true);
    if (now >= c->slice_end)
        c->resched = true;
    if (!c->resched)
        timer_update(c);
}

// ---- switching ----

// Takes the current thread off the CPU; whoever calls has queued it, or it will never run again. `preempted`:
// it was interrupted, so its vector registers are live; at a call they are the caller's to save (System V
// ABI).
static void switch_away(bool preempted) {
    struct cpu *c = cpu_current();
    struct thread *previous = c->current, *next = c->run.head;
    if (next)
        queue_remove(&c->run, next);
    else
        next = c->idle;
    c->resched = false;

    uint64_t now = time_monotonic_ns();
    previous->budget_ns = now < c->slice_end ? c->slice_end - now : 0;
    previous->cpu_ns += now - c->switched;
    c->switched = now;
    if (!next->budget_ns)
        next->budget_ns = slice_ns;
    c->slice_end = now + next->budget_ns;
    next->state = THREAD_RUNNING;
    c->current = next;
    timer_update(c);
    if (next == previous)
        return;

    kernel_stack_set(next->kernel_stack_top);
    thread_pointer_set(next->thread_pointer);
    if (preempted && previous != c->idle)
        vector_state_save(previous->vector_state);
    context_switch(&previous->saved_rsp, next->saved_rsp);
    if (preempted && previous != c->idle)
        vector_state_restore(previous->vector_state);
}

void sched_preempt(void) {
    struct cpu *c = cpu_current();
    if (!c->resched)
        return;
    struct thread *current = c->current;
    if (current != c->idle) {
        current->state = THREAD_READY;
        struct thread *first = c->run.head;
        if (first &&
            time_monotonic_ns() < c->slice_end) { // it goes on with its slice after the one that was woken
            queue_remove(&c->run, first);
            queue_prepend(&c->run, current);
            queue_prepend(&c->run, first);
        } else
            queue_append(&c->run, current);
    }
    switch_away(true);
}

bool wait_on(struct wait_queue *queue, uint64_t deadline_ns) {
    struct cpu *c = cpu_current();
    struct thread *t = c->current;
    if (t == c->idle)
        panic("UKN9010 the idle thread can not wait");
    if (deadline_ns != WAIT_FOREVER) {
        if (deadline_ns <= time_monotonic_ns())
            return false;
        t->deadline = deadline_ns;
        timers_insert(c, t);
    }
    t->state = THREAD_WAITING;
    t->queue = queue;
    if (queue)
        queue_append(queue, t);
    switch_away(false);
    return !t->timed_out;
}

// In an interrupt the kernel stack is in use by it: the woken thread may go first. A thread that wakes
// another one goes on.
static bool interrupting;

void wake_one(struct wait_queue *queue) {
    struct cpu *c = cpu_current();
    if (queue->head) {
        wake(c, queue->head, false, interrupting);
        timer_update(c);
    }
}

void wake_all(struct wait_queue *queue) {
    struct cpu *c = cpu_current();
    while (queue->head)
        wake(c, queue->head, false, interrupting);
    timer_update(c);
}

void sched_interrupt(bool entering) {
    interrupting = entering;
}

void sched_ready(struct thread *t) {
    struct cpu *c = cpu_current();
    t->state = THREAD_READY;
    queue_append(&c->run, t);
    timer_update(c);
}

static uint64_t yield_locked(uint64_t a, uint64_t b, uint64_t d, uint64_t e) {
    (void)a, (void)b, (void)d, (void)e;
    struct cpu *c = cpu_current();
    if (c->run.head) {
        c->slice_end = 0; // it gives the rest away
        c->current->state = THREAD_READY;
        queue_append(&c->run, c->current);
        switch_away(false);
    }
    return 0;
}

void sched_yield_now(void) {
    kernel_call(yield_locked, 0, 0, 0, 0);
}

_Noreturn void sched_finish(void) {
    cpu_current()->current->state = THREAD_DEAD;
    switch_away(false);
    panic("UKN9010 a finished thread ran again");
}

uint64_t sched_cpu_time(const struct thread *t) {
    struct cpu *c = cpu_current();
    uint64_t flags = irq_save();
    uint64_t now = time_monotonic_ns();
    uint64_t result = t ? t->cpu_ns + (t == c->current ? now - c->switched : 0) : now - c->idle->cpu_ns;
    irq_restore(flags);
    return result;
}

// ---- start and idle ----

extern char boot_stack_top[];
static uint8_t idle_kernel_stack[KERNEL_STACK_SIZE] __attribute__((aligned(16)));
static struct thread idle;

// The boot code's context becomes the idle thread.
void sched_init(void) {
    struct cpu *c = cpu_current();
    __builtin_memcpy(idle.name, "idle", 5);
    idle.masked = ~0ull;
    idle.stack_size = BOOT_STACK_SIZE;
    idle.stack_low = (uintptr_t)boot_stack_top - BOOT_STACK_SIZE;
    idle.kernel_stack_top = (uint64_t)idle_kernel_stack + sizeof idle_kernel_stack;
    idle.thread_pointer = msr_read(MSR_FS_BASE);
    idle.state = THREAD_RUNNING;
    c->idle = c->current = &idle;
    c->armed = WAIT_FOREVER;
    kernel_stack_set(idle.kernel_stack_top);

    const char *tick = command_line_option("uk.tick", NULL);
    uint64_t hertz = 0;
    for (; tick && *tick >= '0' && *tick <= '9'; tick++)
        hertz = hertz * 10 + (uint64_t)(*tick - '0');
    if (hertz) {
        slice_ns = 1000000000ull / hertz;
        tick_always = true;
    }
}

_Noreturn void sched_idle(void) {
    struct cpu *c = cpu_current();
    for (;;) {
        __asm__ volatile("cli");
        thread_reap();
        if (c->run.head)
            switch_away(false);
        else
            __asm__ volatile(
                "sti\n hlt"); // the instruction after sti runs before an interrupt: no wake-up is lost
    }
}

struct thread *thread_current(void) {
    return cpu_current()->current;
}
