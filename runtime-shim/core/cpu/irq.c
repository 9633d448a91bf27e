// Interrupts of devices: IO-APIC lines and messages (MSI). Several handlers may share a line.
#include "acpi.h"
#include "cpu.h"
#include "errors.h"
#include "offsets.h"

#define HANDLERS_MAX (VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1)
#define GSI_NONE UINT32_MAX

static struct {
    irq_handler *handler;
    void *argument;
    uint32_t gsi;
    uint8_t vector;
} handlers[HANDLERS_MAX];
static unsigned handler_count;
static unsigned next_vector = VECTOR_DEVICE_FIRST;

// IO-APIC (Intel 82093AA data sheet): an index register and a data window.
#define IOAPIC_WINDOW 4 // in 32-bit words
#define IOAPIC_VERSION 1
#define IOAPIC_REDIRECTION 0x10
#define REDIRECTION_MASKED 0x10000u
#define REDIRECTION_LEVEL 0x8000u
#define REDIRECTION_LOW_ACTIVE 0x2000u

static volatile uint32_t *ioapic[ACPI_IOAPIC_MAX];

static uint32_t ioapic_read(unsigned i, uint32_t index) {
    ioapic[i][0] = index;
    return ioapic[i][IOAPIC_WINDOW];
}
static void ioapic_write(unsigned i, uint32_t index, uint32_t value) {
    ioapic[i][0] = index;
    ioapic[i][IOAPIC_WINDOW] = value;
}

// Which IO-APIC has the line, and where there; false: none.
static bool line_find(uint32_t gsi, unsigned *which, uint32_t *line) {
    const struct acpi_interrupts *map = acpi_interrupts();
    for (unsigned i = 0; i < map->ioapic_count; i++) {
        if (!ioapic[i])
            ioapic[i] = mmio_map(map->ioapics[i].address, PAGE_SIZE);
        if (!ioapic[i])
            continue;
        uint32_t lines = (ioapic_read(i, IOAPIC_VERSION) >> 16 & 0xff) + 1;
        *which = i;
        *line = gsi - map->ioapics[i].gsi_base;
        if (*line < lines)
            return true;
    }
    return false;
}

// ISA lines are edge-triggered and active high, unless the MADT overrides them; PCI's and virtio-mmio's are
// level (QEMU: active high).
static uint32_t line_resolve(uint32_t gsi, enum irq_trigger trigger, uint32_t *mode) {
    const struct acpi_interrupts *map = acpi_interrupts();
    *mode = gsi < 16 ? 0 : REDIRECTION_LEVEL;
    for (unsigned i = 0; i < map->override_count; i++)
        if (map->overrides[i].source == gsi) {
            gsi = map->overrides[i].gsi;
            *mode = (map->overrides[i].low_active ? REDIRECTION_LOW_ACTIVE : 0) |
                    (map->overrides[i].level ? REDIRECTION_LEVEL : 0);
            break;
        }
    if (trigger != IRQ_TRIGGER_DEFAULT)
        *mode = (*mode & ~REDIRECTION_LEVEL) | (trigger == IRQ_TRIGGER_LEVEL ? REDIRECTION_LEVEL : 0);
    return gsi;
}

static int line_route(uint32_t gsi, enum irq_trigger trigger, uint8_t vector) {
    uint32_t mode, line;
    unsigned which;
    if (!line_find(line_resolve(gsi, trigger, &mode), &which, &line))
        return -ENODEV;
    ioapic_write(which, IOAPIC_REDIRECTION + 2 * line + 1, apic_read(APIC_ID) & 0xff000000); // to this CPU
    ioapic_write(which, IOAPIC_REDIRECTION + 2 * line, mode | vector); // fixed, unmasked
    return 0;
}

bool irq_mask(unsigned gsi, bool masked) {
    uint32_t mode, line;
    unsigned which;
    if (!line_find(line_resolve(gsi, IRQ_TRIGGER_DEFAULT, &mode), &which, &line))
        return false;
    uint32_t entry = ioapic_read(which, IOAPIC_REDIRECTION + 2 * line);
    if (!(entry & REDIRECTION_LEVEL))
        return false; // an edge that comes while its line is masked would be lost
    ioapic_write(which, IOAPIC_REDIRECTION + 2 * line,
                 masked ? entry | REDIRECTION_MASKED : entry & ~REDIRECTION_MASKED);
    return true;
}

static int handler_add(irq_handler *handler, void *argument, uint32_t gsi, uint8_t vector) {
    if (handler_count == HANDLERS_MAX)
        return -ENOSPC;
    handlers[handler_count].handler = handler;
    handlers[handler_count].argument = argument;
    handlers[handler_count].gsi = gsi;
    handlers[handler_count].vector = vector;
    handler_count++;
    return vector;
}

int irq_attach(unsigned gsi, enum irq_trigger trigger, irq_handler *handler, void *argument) {
    uint64_t flags = irq_save();
    int result = -ENOSPC;
    for (unsigned i = 0; i < handler_count; i++)
        if (handlers[i].gsi == gsi) {
            result = handler_add(handler, argument, gsi, handlers[i].vector);
            irq_restore(flags);
            return result;
        }
    if (next_vector <= VECTOR_DEVICE_LAST) {
        uint8_t vector = (uint8_t)next_vector++;
        result = handler_add(handler, argument, gsi, vector);
        int error = result < 0 ? result : line_route(gsi, trigger, vector);
        if (error) {
            handler_count -= result >= 0;
            next_vector--;
            result = error;
        }
    }
    irq_restore(flags);
    return result;
}

// SDM vol. 3A, 11.11: the message's address names the destination, its data the vector (fixed, edge).
int irq_allocate_msi(irq_handler *handler, void *argument, uint64_t *address, uint32_t *data) {
    uint64_t flags = irq_save();
    int result = next_vector <= VECTOR_DEVICE_LAST
                     ? handler_add(handler, argument, GSI_NONE, (uint8_t)next_vector)
                     : -ENOSPC;
    if (result >= 0) {
        next_vector++;
        *address = 0xfee00000 | (apic_read(APIC_ID) >> 24) << 12;
        *data = (uint32_t)result;
    }
    irq_restore(flags);
    return result;
}

void irq_dispatch(unsigned vector) {
    for (unsigned i = 0; i < handler_count; i++)
        if (handlers[i].vector == vector)
            handlers[i].handler(vector, handlers[i].argument);
    apic_end_of_interrupt(); // after the handlers: a level line that they have quieted does not come again
}
