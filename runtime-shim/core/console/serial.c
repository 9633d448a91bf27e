// The console: a 16550 at COM1 (TI PC16550D data sheet). Output polls, input interrupts.
#include "core.h"
#include "errors.h"
#include "panic.h"
#include "port.h"
#include "signals.h"
#include "threads.h"

#define COM1 0x3f8
#define COM1_GSI 4
enum { DATA = 0, IER = 1, FCR = 2, LCR = 3, MCR = 4, LSR = 5 };
#define LSR_DATA_READY 0x01
#define LSR_THR_EMPTY 0x20
#define FIFO_DEPTH 16
#define CTRL_C 3
// So long interrupts stay off for output: a line is not torn by another thread's, and the timer is not held
// up for long.
#define WRITE_CHUNK 512

static bool present;

static struct wait_queue readers;
static uint8_t ring[1024];
static unsigned ring_head, ring_tail; // head: next to write, tail: next to read; free-running

void console_init(void) {
    if (in8(COM1 + LSR) == 0xff)
        return; // no such device (-serial none still has one; microvm with isa-serial=off has not)
    present = true;
    out8(COM1 + LCR, 0x80); // divisor latch: 115200 baud
    out8(COM1 + DATA, 1);
    out8(COM1 + IER, 0);
    out8(COM1 + LCR, 0x03); // 8 data bits, no parity, 1 stop bit
    // What was typed before the guest ran is in the data register, and turning the FIFOs on drops it (QEMU,
    // hw/char/serial.c). Reading it lets the next byte in, which would be dropped in its place: in loopback
    // mode it does not.
    out8(COM1 + MCR, 0x10);
    if (in8(COM1 + LSR) & LSR_DATA_READY)
        ring[ring_head++ % sizeof ring] = in8(COM1 + DATA);
    out8(COM1 + FCR, 0x07); // FIFOs on and empty; an interrupt for every byte received
    out8(COM1 + MCR, 0x0b); // DTR, RTS, and OUT2, which gates the interrupt line
    // This read tells QEMU that there is room again. An empty FIFO reads as 0.
    uint8_t next = in8(COM1 + DATA);
    if (next)
        ring[ring_head++ % sizeof ring] = next;
}

// Each access of a port leaves the guest. The transmitter holds 16 bytes once it is empty, so the status is
// read once for 16, and one string instruction (one exit under KVM) writes them.
static void serial_write(const uint8_t *bytes, size_t length) {
    while (length) {
        while (!(in8(COM1 + LSR) & LSR_THR_EMPTY))
            __builtin_ia32_pause();
        size_t n = length < FIFO_DEPTH ? length : FIFO_DEPTH;
        length -= n;
        __asm__ volatile("rep outsb" : "+S"(bytes), "+c"(n) : "d"(COM1 + DATA) : "memory");
    }
}

void console_write(const void *bytes, size_t length) {
    const uint8_t *p = bytes;
    if (!present)
        return;
    while (length) {
        size_t n = length < WRITE_CHUNK ? length : WRITE_CHUNK;
        uint64_t flags = irq_save();
        serial_write(p, n);
        irq_restore(flags);
        p += n;
        length -= n;
    }
}

// ---- input ----

static bool input_on;

static void receive_byte(uint8_t byte) {
    if (byte == CTRL_C)
        signal_from_machine(SIGINT);
    else
        ring[ring_head++ % sizeof ring] = byte;
}

// The FIFO is left to fill when the ring is full: the device then stops taking bytes from the host (flow
// control).
static void receive(void) {
    while (ring_head - ring_tail < sizeof ring && (in8(COM1 + LSR) & LSR_DATA_READY))
        receive_byte(in8(COM1 + DATA));
    out8(COM1 + IER, ring_head - ring_tail < sizeof ring ? 1 : 0);
    if (ring_head != ring_tail)
        wake_all(&readers);
}

static void serial_interrupt(unsigned vector, void *argument) {
    (void)vector, (void)argument;
    receive();
}

static bool input_enable(void) {
    if (present && !input_on) {
        input_on = irq_attach(COM1_GSI, IRQ_TRIGGER_DEFAULT, serial_interrupt, NULL) >= 0;
        if (input_on)
            debugcon_print("signal %d\n", SIGINT); // before this Ctrl+C would reach nobody
    }
    if (input_on)
        receive();
    return input_on;
}

bool console_ready(void) {
    uint64_t flags = irq_save();
    bool ready = input_enable() && ring_head != ring_tail;
    irq_restore(flags);
    return ready;
}

static uint64_t read_locked(uint64_t buffer, uint64_t capacity, uint64_t c, uint64_t deadline) {
    (void)c;
    if (!input_enable())
        return 0;
    while (ring_head == ring_tail)
        if (!wait_on(&readers, deadline))
            return (uint64_t)-ETIMEDOUT;
    uint8_t *out = (uint8_t *)buffer;
    size_t n = 0;
    while (n < capacity && ring_tail != ring_head)
        out[n++] = ring[ring_tail++ % sizeof ring];
    receive(); // there is room again
    return n;
}

long console_read_until(void *buffer, size_t capacity, uint64_t deadline_ns) {
    return capacity ? (long)kernel_call(read_locked, (uint64_t)buffer, capacity, 0, deadline_ns) : 0;
}

size_t console_read(void *buffer, size_t capacity) {
    return (size_t)console_read_until(buffer, capacity, WAIT_FOREVER);
}
