// unikernel.h: events, and interrupts that signal them.
#include "core.h"
#include "errors.h"
#include "unikernel.h"

#define EVENTS_MAX 256
#define IRQS_MAX 64
#define LINE_NONE UINT32_MAX
#define EVENT_NONE (-1)

static struct event {
    bool used, signalled;
    struct wait_queue waiters;
} events[EVENTS_MAX];

static struct irq {
    uint32_t gsi; // LINE_NONE: a message
    int32_t event;
    uint64_t count;
} irqs[IRQS_MAX];
static int32_t irq_count;

static struct event *event_at(int32_t handle) {
    if ((uint32_t)handle >= EVENTS_MAX || !events[handle].used)
        panic("UKN9010 %d is not the handle of an event", handle);
    return &events[handle];
}

int32_t uk_event_create(void) {
    uint64_t flags = irq_save();
    int32_t handle = 0;
    while (handle < EVENTS_MAX && events[handle].used)
        handle++;
    if (handle < EVENTS_MAX)
        events[handle] = (struct event){.used = true};
    irq_restore(flags);
    return handle < EVENTS_MAX ? handle : -ENOMEM;
}

void uk_event_destroy(int32_t handle) {
    event_at(handle)->used = false;
}

static void signal_event(struct event *e) {
    e->signalled = true;
    wake_one(&e->waiters);
}

static uint64_t signal_locked(uint64_t handle, uint64_t b, uint64_t c, uint64_t d) {
    (void)b, (void)c, (void)d;
    signal_event(event_at((int32_t)handle));
    return 0;
}

void uk_event_signal(int32_t handle) {
    kernel_call(signal_locked, (uint64_t)handle, 0, 0, 0);
}

static uint64_t wait_locked(uint64_t handle, uint64_t deadline, uint64_t c, uint64_t d) {
    (void)c, (void)d;
    struct event *e = event_at((int32_t)handle);
    while (!e->signalled)
        if (!wait_on(&e->waiters, deadline))
            return e->signalled ? (e->signalled = false, 1) : 0;
    e->signalled = false;
    return 1;
}

int32_t uk_event_wait(int32_t handle, uint64_t deadline) {
    return (int32_t)kernel_call(wait_locked, (uint64_t)handle, deadline, 0, 0);
}

// ---- interrupts ----

static void on_interrupt(unsigned vector, void *argument) {
    (void)vector;
    struct irq *i = argument;
    i->count++;
    if (i->gsi != LINE_NONE)
        irq_mask(i->gsi, true); // a level line stays up until the driver, a thread, has quieted the device
    if (i->event != EVENT_NONE)
        signal_event(event_at(i->event));
}

static int32_t irq_add(uint32_t gsi, int32_t event) {
    event_at(event);
    if (irq_count == IRQS_MAX)
        return -ENOMEM;
    irqs[irq_count] = (struct irq){.gsi = gsi, .event = event};
    return irq_count++;
}

int32_t uk_irq_attach_line(uint32_t gsi, uint32_t trigger, int32_t event) {
    int32_t handle = irq_add(gsi, event);
    if (handle < 0)
        return handle;
    int result = irq_attach(gsi, (enum irq_trigger)trigger, on_interrupt, &irqs[handle]);
    if (result >= 0)
        return handle;
    irq_count--;
    return result;
}

int32_t uk_irq_attach_message(int32_t event, uint64_t *address, uint32_t *data) {
    int32_t handle = irq_add(LINE_NONE, event);
    if (handle < 0)
        return handle;
    int result = irq_allocate_msi(on_interrupt, &irqs[handle], address, data);
    if (result >= 0)
        return handle;
    irq_count--;
    return result;
}

void uk_irq_enable(int32_t irq) {
    uint64_t flags = irq_save();
    if (irqs[irq].gsi != LINE_NONE)
        irq_mask(irqs[irq].gsi, false);
    irq_restore(flags);
}

void uk_irq_detach(int32_t irq) {
    irqs[irq].event = EVENT_NONE; // a level line stays masked after its next interrupt
}

uint64_t uk_irq_count(int32_t irq) {
    return irqs[irq].count;
}
