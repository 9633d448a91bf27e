// A thread's memory, its beginning and its end.
//
// One block from the heap holds struct thread, the vector state, the TLS block and the thread control block
// (TLS variant II, Drepper, "ELF Handling For Thread-Local Storage", 3.4.6: the block ends where FS points).
// The kernel stack and the thread's own stack are mappings with unmapped guards below.
#include "cpu.h"
#include "threads.h"

struct tcb { // glibc's tcbhead_t as far as compilers know it
    struct tcb *self;
    uint64_t dtv, thread, multiple_threads, sysinfo;
    uint64_t stack_guard, pointer_guard; // fs:0x28, fs:0x30
};

struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_headers, section_headers;
    uint32_t flags;
    uint16_t header_size, program_header_size, program_header_count;
};
struct elf_program_header {
    uint32_t type, flags;
    uint64_t offset, address, physical, file_size, memory_size, align;
};
#define PT_TLS 7

struct thread *all_threads;
static uint32_t next_id = 1;
static struct thread *dead; // detached and finished; linked by `next`

static const struct elf_program_header *tls_template(void) {
    const struct elf_header *elf = (const void *)image_start;
    const struct elf_program_header *p = (const void *)(image_start + elf->program_headers);
    for (unsigned i = 0; i < elf->program_header_count; i++)
        if (p[i].type == PT_TLS)
            return &p[i];
    return NULL;
}

static uintptr_t tls_create(uintptr_t low, const struct elf_program_header *template, size_t size) {
    uintptr_t base = low;
    if (template) {
        const uint8_t *from = (const uint8_t *)template->address;
        for (size_t i = 0; i < template->file_size; i++)
            ((uint8_t *)base)[i] = from[i]; // the rest is zero already
    }
    struct tcb *tcb = (struct tcb *)(base + size);
    tcb->self = tcb;
    static uint64_t guard;
    if (!guard)
        entropy_fill(&guard, sizeof guard);
    tcb->stack_guard = guard & ~0xffull; // as glibc: a zero byte stops string functions
    tcb->pointer_guard = guard * 0x9e3779b97f4a7c15ull;
    return (uintptr_t)tcb;
}

void thread_enter(void);

// What context_switch() pops, and then thread_enter() takes from r12-r14.
struct initial_frame {
    uint32_t mxcsr;
    uint32_t x87_control;
    uint64_t r15, r14, r13, r12, rbx, rbp, return_address;
};

static _Noreturn void thread_body(struct thread *t) {
    thread_exit(t->start(t->argument));
}

static void thread_free(struct thread *t) {
    if (t->kernel_stack_top)
        stack_free((void *)(t->kernel_stack_top - KERNEL_STACK_SIZE), KERNEL_STACK_SIZE);
    if (t->stack_low)
        stack_free((void *)t->stack_low, t->stack_size);
    kfree(t);
}

// Stacks are promised beyond what there is (most of a stack is never touched), and a page that can not be had
// when one is touched ends the program. So the last part of the memory is not spent on further threads: their
// creator gets an error.
#define THREAD_MIN_PAGES 16
static bool memory_is_scarce(void) {
    struct memory_stats memory;
    memory_stats(&memory);
    return memory.free < memory.total / 32 + THREAD_MIN_PAGES;
}

bool thread_create(struct thread **created, void *(*start)(void *), void *argument, size_t stack_size,
                   bool detached) {
    thread_reap();
    if (memory_is_scarce())
        return false;
    const struct elf_program_header *template = tls_template();
    size_t tls_size = template ? ALIGN_UP(template->memory_size, 64) : 0;
    size_t vector_offset = ALIGN_UP(sizeof(struct thread), VECTOR_STATE_ALIGN);
    size_t tls_offset = ALIGN_UP(vector_offset + cpu_features.vector_state_size, 64);

    struct thread *t = kmalloc(tls_offset + tls_size + sizeof(struct tcb) + VECTOR_STATE_ALIGN);
    if (!t)
        return false;
    // The heap aligns to 16; the parts that want 64 lie at fixed offsets from the next such address.
    uintptr_t aligned = ALIGN_UP((uintptr_t)t, VECTOR_STATE_ALIGN);
    t->vector_state = (void *)(aligned + vector_offset);
    vector_state_init(t->vector_state);
    t->thread_pointer = tls_create(aligned + tls_offset, template, tls_size);

    t->stack_size = ALIGN_UP(stack_size, PAGE_SIZE);
    t->stack_low = (uintptr_t)stack_alloc(t->stack_size);
    uintptr_t kernel_stack = (uintptr_t)stack_alloc(KERNEL_STACK_SIZE);
    t->kernel_stack_top = kernel_stack ? kernel_stack + KERNEL_STACK_SIZE : 0;
    if (!t->stack_low || !kernel_stack || !memory_populate(kernel_stack, KERNEL_STACK_SIZE, true)) {
        thread_free(t);
        return false;
    }
    t->start = start;
    t->argument = argument;
    t->detached = detached;

    struct initial_frame *f = (struct initial_frame *)(t->kernel_stack_top - sizeof *f);
    *f = (struct initial_frame){.mxcsr = 0x1f80,
                                .x87_control = 0x37f,
                                .r12 = (uint64_t)thread_body,
                                .r13 = (uint64_t)t,
                                .r14 = t->stack_low + t->stack_size,
                                .return_address = (uint64_t)thread_enter};
    t->saved_rsp = (uint64_t)f;

    uint64_t flags = irq_save();
    struct thread *creator = thread_current();
    t->masked = creator == cpu_current()->idle ? 0 : creator->masked; // POSIX: inherited
    t->id = next_id++;
    for (int i = 0; i < THREAD_NAME_MAX; i++)
        t->name[i] = creator->name[i];
    t->all_next = all_threads;
    if (all_threads)
        all_threads->all_prev = t;
    all_threads = t;
    *created = t;
    sched_ready(t);
    irq_restore(flags);
    return true;
}

void thread_start_main(void *(*start)(void *)) {
    struct thread *t;
    if (!thread_create(&t, start, NULL, MAIN_STACK_SIZE, true))
        refuse("UKN9005 not enough memory for the first thread; give the machine more (QEMU: -m)");
    for (int i = 0; i < THREAD_NAME_MAX - 1 && program_argv[0][i]; i++)
        t->name[i] = program_argv[0][i];
}

static uint64_t finish(uint64_t self, uint64_t b, uint64_t c, uint64_t d) {
    (void)b, (void)c, (void)d;
    struct thread *t = (struct thread *)self;
    *(t->all_prev ? &t->all_prev->all_next : &all_threads) = t->all_next;
    if (t->all_next)
        t->all_next->all_prev = t->all_prev;
    if (t->detached) {
        t->all_next = dead;
        dead = t;
    }
    t->state = THREAD_DEAD;
    wake_all(&t->joiners);
    sched_finish();
}

void pthread_run_destructors(struct thread *t); // threads/pthread_key.c; weak: a program may have no keys
#pragma weak pthread_run_destructors

_Noreturn void thread_exit(void *result) {
    struct thread *t = thread_current();
    while (t->tls_destructors) { // C++ thread_local objects, last one first
        struct tls_destructor *d = t->tls_destructors;
        t->tls_destructors = d->next;
        d->function(d->object);
        kfree(d);
    }
    if (pthread_run_destructors)
        pthread_run_destructors(t);
    t->result = result;
    kernel_call(finish, (uint64_t)t, 0, 0, 0);
    __builtin_unreachable();
}

// A thread can not free the stacks that it stands on: the idle thread does it, or the next one that creates a
// thread.
void thread_reap(void) {
    for (;;) {
        uint64_t flags = irq_save();
        struct thread *t = dead;
        if (t)
            dead = t->all_next;
        irq_restore(flags);
        if (!t)
            return;
        thread_free(t);
    }
}

// ---- joining ----

static uint64_t join_wait(uint64_t thread, uint64_t b, uint64_t c, uint64_t d) {
    (void)b, (void)c, (void)d;
    struct thread *t = (struct thread *)thread;
    while (t->state != THREAD_DEAD)
        wait_on(&t->joiners, WAIT_FOREVER);
    return 0;
}

void *thread_join(struct thread *t) {
    kernel_call(join_wait, (uint64_t)t, 0, 0, 0);
    void *result = t->result;
    thread_free(t);
    return result;
}

void thread_detach(struct thread *t) {
    uint64_t flags = irq_save();
    bool finished = t->state == THREAD_DEAD;
    t->detached = true;
    irq_restore(flags);
    if (finished)
        thread_free(t);
}
