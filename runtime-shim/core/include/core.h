// The internal ABI of the core: every function and type that one source file of the core offers to another.
//
// The core runs in ring 0 in one address space, below a stock NativeAOT runtime. There are no system calls:
// the libc and pthread functions that the runtime imports are plain functions of this archive (libc/),
// written against glibc's ABI because the archives of Microsoft.NETCore.App.Runtime.NativeAOT.linux-x64 were
// compiled against its headers.
//
// Error model: functions of this header return a bool or a negative errno and never print; what can not go on
// calls panic().
#ifndef CORE_H
#define CORE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE 4096ul
#define ALIGN_UP(x, a) (((x) + (a)-1) & ~((a)-1))
#define ALIGN_DOWN(x, a) ((x) & ~((a)-1))

// ---- boot/: from reset to main ----

#define MEMORY_MAP_MAX 32
struct memory_range {
    uint64_t base, length; // bytes; usable RAM only
};
struct boot_info {
    struct memory_range ram[MEMORY_MAP_MAX]; // as the boot protocol lists it, incl. above 4 GB; not sorted
    unsigned ram_count;
    uint64_t acpi_rsdp;       // physical; 0: none (microvm with acpi=off)
    const char *command_line; // copied out of the low 2 MB before that is unmapped
};
extern struct boot_info boot_info;

// The image's own bounds, from link/unikernel.lds (all page-aligned).
extern char image_start[], text_start[], text_end[], rodata_start[], rodata_end[], relro_start[], relro_end[],
    data_start[], image_end[];

// ---- memory/: physical pages, address space, heap ----

void memory_init(
    const struct boot_info *boot); // final page tables (W^X, NX, direct map), frame allocator; interrupts off
void memory_protect_image(void);   // after static initialisation: what is constant becomes read-only

#ifndef DIRECT_MAP_BASE // (host tests put an arena in its place)
#define DIRECT_MAP_BASE                                                                                      \
    0xffff888000000000ul // all RAM, RW NX, 2 MB pages; the image's read-only parts excepted
#endif
static inline void *phys_to_virt(uint64_t physical) {
    return (void *)(DIRECT_MAP_BASE + physical);
}
static inline uint64_t virt_to_phys(const void *direct) {
    return (uint64_t)direct - DIRECT_MAP_BASE;
}

void *page_alloc(void); // one zeroed frame through the direct map; NULL: none left
void page_free(void *page);
void *pages_alloc_contiguous(size_t count,
                             uint64_t limit); // zeroed, physically contiguous, below `limit`; for DMA
void pages_free_contiguous(void *pages, size_t count);
struct memory_stats {
    uint64_t total, free, committed, commit_limit; // in pages
};
void memory_stats(struct memory_stats *out);

// Demand-zero fault at `address`. True: resolved, retry the instruction. False: a real fault. Interrupts off,
// kernel stack.
bool memory_fault(uintptr_t address, bool write, bool fetch);
// Makes [address, address+length) of a known mapping present (so that the core may touch it with interrupts
// off).
bool memory_populate(uintptr_t address, size_t length, bool write);
// The physical address behind any mapped address (image, heap, mmap, direct map), for DMA; 0: not mapped.
uint64_t memory_physical(const void *address);
// Is the address inside the guard area of a mapping made by stack_alloc()?
bool memory_is_stack_guard(uintptr_t address);

// Thread stacks: `size` bytes RW NX demand-zero with an unmapped guard below; returns the lowest usable
// address or NULL.
void *stack_alloc(size_t size);
void stack_free(void *low, size_t size);
void *mmio_map(uint64_t physical, size_t length); // uncached, RW NX

void *kmalloc(size_t size); // zeroed; the same heap as malloc()
void kfree(void *p);

// ---- cpu/: per-CPU state, traps ----

struct thread;
struct wait_queue { // threads in the order in which they came
    struct thread *head, *tail;
};
struct cpu { // at GS base; the offsets of the first three fields are known to assembly (include/offsets.h)
    struct cpu *self;
    struct thread *current;
    uint64_t kernel_stack_top; // of the current thread
    unsigned id;
    bool resched; // a thread became runnable that should run before the current one goes on
    struct thread *idle;
    struct wait_queue run; // runnable, without the current one
    struct thread *timers; // sleeping with a deadline, earliest first
    uint64_t slice_end;    // when the current thread has to give way, if another is runnable
    uint64_t switched;     // when the current thread began to run
    uint64_t armed;        // deadline that the timer interrupt is set to
};
static inline struct cpu *cpu_current(void) {
    struct cpu *c;
    __asm__("movq %%gs:0, %0" : "=r"(c));
    return c;
}

static inline uint64_t irq_save(void) {
    uint64_t flags;
    __asm__ volatile("pushfq; popq %0; cli" : "=r"(flags)::"memory");
    return flags;
}
static inline void irq_restore(uint64_t flags) {
    if (flags & 0x200)
        __asm__ volatile("sti" ::: "memory");
}

// Runs function(a, b, c, d) with interrupts off on the current thread's kernel stack and returns its result.
// Whatever updates the core's own structures runs this way: a caller's stack is demand-zero memory, and a
// page fault on it in the middle of an update of the address space would re-enter that update. From a kernel
// stack (in such a call, in an interrupt): a plain call. On the way out a signal that became pending is
// delivered.
uint64_t kernel_call(uint64_t (*function)(uint64_t a, uint64_t b, uint64_t c, uint64_t d), uint64_t a,
                     uint64_t b, uint64_t c, uint64_t d);

void cpu_init(void); // features, GDT/TSS/IDT, control registers

struct trap_frame { // as cpu/traps.S pushes it
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error, rip, cs, rflags, rsp, ss;
};
typedef void irq_handler(unsigned vector, void *argument);
enum irq_trigger { IRQ_TRIGGER_DEFAULT, IRQ_TRIGGER_EDGE, IRQ_TRIGGER_LEVEL }; // as in unikernel.h
int irq_attach(unsigned gsi, enum irq_trigger trigger, irq_handler *handler,
               void *argument); // a vector or -errno
bool irq_mask(unsigned gsi,
              bool masked); // false: the line is edge-triggered and can not be masked without loss
int irq_allocate_msi(irq_handler *handler, void *argument, uint64_t *address, uint32_t *data);

// ---- threads/: scheduler, waiting, signals ----

#define WAIT_FOREVER UINT64_MAX
struct thread *thread_current(void);
// Sleeps on `queue` (may be NULL: only the deadline) until woken or until the monotonic clock reaches
// `deadline_ns`. Called and returns with interrupts off (that makes "check, then sleep" atomic); they are on
// while it sleeps. False: the deadline passed.
bool wait_on(struct wait_queue *queue, uint64_t deadline_ns);
void wake_one(struct wait_queue *queue);
void wake_all(struct wait_queue *queue);
void sched_yield_now(void);

// ---- time/ ----

void time_init(void);
uint64_t time_monotonic_ns(void);
void time_set_realtime_ns(uint64_t ns);
uint64_t time_tsc_hz(void);
uint64_t time_realtime_ns(void);      // since 1970-01-01T00:00:00Z
void timer_arm(uint64_t deadline_ns); // one-shot interrupt of this CPU; may come early, so look at the clock

// ---- console/, entropy, end ----

void console_write(const void *bytes, size_t length); // never allocates, never sleeps; LF as it is
size_t console_read(void *buffer, size_t capacity); // sleeps until at least one byte; 0: there is no console
long console_read_until(void *buffer, size_t capacity,
                        uint64_t deadline_ns); // -ETIMEDOUT: the deadline passed
bool console_ready(void);                      // has input
int kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int kvsnprintf(char *buffer, size_t size, const char *format,
               va_list args); // the core's one formatter; libc's printf family uses it

void entropy_init(void); // seeds; entropy_fill() does it when it is first called
void entropy_fill(void *buffer, size_t length);
void entropy_add(const void *bytes, size_t length); // mixes further ones in: what is there is never lost

// The format begins with the message's id: panic("UKN9002 ...").
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Boot cannot begin: the message as one line, exit code EXIT_REFUSED.
_Noreturn void refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define EXIT_PANIC 250
#define EXIT_REFUSED 251
_Noreturn void machine_exit(int code); // isa-debug-exit where there is one, then power-off, then reset

// ---- command line: Linux's own convention ----

extern int program_argc;
extern char **program_argv, **program_environ; // NULL-terminated; filled by command_line_init()
void command_line_init(void);
// The value of the first word NAME=VALUE after `previous` (NULL: from the start) whose NAME has a dot, as
// Linux writes options of modules (uk.tick=10000, virtio_mmio.device=...); such words are never environment
// variables. NULL: no (further) one.
const char *command_line_option(const char *name, const char *previous);

#endif
