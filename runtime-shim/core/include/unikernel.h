// The library OS's interface to the core: what C# code calls by P/Invoke
// ([DllImport("*")], which ILC binds to the symbol).
//
// Conventions. Times are nanoseconds; a deadline is a time of uk_clock_monotonic_ns(), UK_FOREVER waits
// without one. Functions that can fail return a negative errno. Calls marked (waits) may block and must be
// ordinary P/Invokes, so that the GC can suspend the thread meanwhile; all others return at once and never
// call back: [SuppressGCTransition] suits them.
#ifndef UNIKERNEL_H
#define UNIKERNEL_H

#include <stddef.h>
#include <stdint.h>

#define UK_FOREVER UINT64_MAX

// ---- console (serial port) ----

void uk_console_write(const void *bytes, size_t length);
// (waits) At least one byte, as the device delivers them; 0: there is no console.
size_t uk_console_read(void *buffer, size_t capacity);
// The same until a deadline: -ETIMEDOUT when it passed.
int64_t uk_console_read_until(void *buffer, size_t capacity, uint64_t deadline);
uint8_t uk_console_ready(void); // would uk_console_read() return at once?

// ---- signals from outside: SIGINT (Ctrl+C on the console) and SIGTERM (the power button) ----

// Does the program want to take `signal` from uk_signal_wait()? One that nobody takes ends the program with
// 128 + signal.
void uk_signal_handle(int32_t signal, int32_t handled);
int32_t uk_signal_wait(void); // (waits) the number of one that arrived
_Noreturn void uk_signal_default(int32_t signal);

// ---- clocks and entropy ----

uint64_t uk_clock_monotonic_ns(void); // since boot; never goes back
uint64_t uk_clock_realtime_ns(void);  // since 1970-01-01T00:00:00Z
void uk_clock_set_realtime_ns(uint64_t ns);
uint64_t uk_cpu_time_ns(void);          // while the CPUs were not idle
void uk_sleep_until(uint64_t deadline); // (waits)
void uk_entropy_fill(void *buffer, size_t length);
void uk_entropy_add(const void *bytes, size_t length); // mixes bytes of another source into the pool

// ---- the machine ----

_Noreturn void uk_exit(int32_t code); // 8 bits of it reach the host; no exit handlers run

struct uk_system_info {
    uint64_t memory_total, memory_free;      // bytes of RAM
    uint64_t memory_committed, memory_limit; // bytes promised to the program, and the most that can be
    uint64_t tsc_hz;
    uint64_t acpi_rsdp; // physical; 0: no ACPI
    uint32_t cpus, page_size;
    uint32_t threads; // that have not finished
};
void uk_system_info(struct uk_system_info *out);

char **uk_environ(void);                              // NAME=VALUE, NULL-terminated; never changes
char **uk_argv(void);                                 // NULL-terminated; the first is the program's name
const char *uk_command_line(void);                    // as the loader passed it
const char *uk_command_line_option(const char *name); // the first value of the option; NULL: absent
// The index-th value of NAME=VALUE among the command line's options (names with a dot, e.g.
// "virtio_mmio.device"): its length in bytes without terminator, of which at most `capacity` were copied;
// -ENOENT: none.
int64_t uk_option(const char *name, uint32_t index, char *buffer, size_t capacity);

uint8_t uk_in8(uint16_t port);
uint16_t uk_in16(uint16_t port);
uint32_t uk_in32(uint16_t port);
void uk_out8(uint16_t port, uint8_t value);
void uk_out16(uint16_t port, uint16_t value);
void uk_out32(uint16_t port, uint32_t value);

// The files of the image: an archive in cpio's "newc" format that the SDK links in; read-only. NULL: there is
// none.
const void *uk_files(size_t *length);

// Device registers: uncached. Never unmapped; mapping the same page again is harmless. NULL: no memory.
void *uk_mmio_map(uint64_t physical, size_t length);

// Memory that a device may read and write: zeroed, page-aligned, physically contiguous, below `limit` (e.g. 1
// << 32; UINT64_MAX: anywhere). NULL: no memory.
void *uk_dma_alloc(size_t length, uint64_t limit, uint64_t *physical);
void uk_dma_free(void *memory, size_t length);
// Where a present page of the program's memory (a pinned array, an object on the stack) lies; consecutive
// pages need not be neighbours. UINT64_MAX: not present; write to it first.
uint64_t uk_physical_address(const void *address);

// ---- events and interrupts ----

// An event holds one signal until a wait takes it (an auto-reset event). Any number of interrupts and of
// callers of uk_event_signal() may share one, so that one thread waits for all its devices and for other
// threads.
int32_t uk_event_create(void);        // a handle >= 0, or -ENOMEM
void uk_event_destroy(int32_t event); // nobody waits, no interrupt is attached
void uk_event_signal(int32_t event);
// (waits) 1: signalled; 0: the deadline passed.
int32_t uk_event_wait(int32_t event, uint64_t deadline);

enum { UK_TRIGGER_DEFAULT, UK_TRIGGER_EDGE, UK_TRIGGER_LEVEL };
// A line of the interrupt controller by its global number (ISA and virtio-mmio: the irq number; PCI INTx: by
// ACPI's _PRT). A level-triggered line that fired stays masked until uk_irq_enable(): first quiet the device.
// The default is edge for ISA lines (below 16) unless ACPI says otherwise, level above. An interrupt handle
// >= 0, or a negative errno.
int32_t uk_irq_attach_line(uint32_t gsi, uint32_t trigger, int32_t event);
// A message for MSI or MSI-X: what to write into the device's table.
int32_t uk_irq_attach_message(int32_t event, uint64_t *address, uint32_t *data);
void uk_irq_enable(int32_t irq);
void uk_irq_detach(int32_t irq);    // it signals no more; the handle is not used again
uint64_t uk_irq_count(int32_t irq); // how often it came

// ---- threads ----

uint32_t uk_thread_id(void);
void uk_yield(void); // (waits)

#endif
