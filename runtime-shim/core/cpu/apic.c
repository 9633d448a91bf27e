// The local APIC: end of interrupt, and the registers of its timer (Intel SDM vol. 3A, chapter 11).
#include "cpu.h"
#include "offsets.h"
#include "port.h"

#define APIC_BASE_MASK 0xffffff000ull
#define APIC_ENABLE 0x100 // in the spurious-vector register
#define PIC_MASTER_DATA 0x21
#define PIC_SLAVE_DATA 0xa1

static volatile uint32_t *registers;

uint32_t apic_read(uint32_t offset) {
    return registers[offset / 4];
}
void apic_write(uint32_t offset, uint32_t value) {
    registers[offset / 4] = value;
}
void apic_end_of_interrupt(void) {
    apic_write(APIC_EOI, 0);
}

void apic_init(void) {
    out8(PIC_MASTER_DATA, 0xff); // firmware may have left the 8259s unmasked
    out8(PIC_SLAVE_DATA, 0xff);
    registers = mmio_map(msr_read(MSR_APIC_BASE) & APIC_BASE_MASK, PAGE_SIZE);
    if (!registers)
        refuse("UKN9005 not enough memory for the page tables of the interrupt controller; give the machine "
               "more (QEMU: -m)");
    apic_write(APIC_SPURIOUS, APIC_ENABLE | VECTOR_SPURIOUS);
}
