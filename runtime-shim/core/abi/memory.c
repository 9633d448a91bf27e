// unikernel.h: memory as devices see it.
#include "core.h"
#include "unikernel.h"

extern const uint8_t unikernel_files_start[] __attribute__((weak)),
    unikernel_files_end[] __attribute__((weak));

const void *uk_files(size_t *length) {
    *length = (size_t)(unikernel_files_end - unikernel_files_start);
    return *length ? unikernel_files_start : NULL;
}

void *uk_mmio_map(uint64_t physical, size_t length) {
    uint64_t offset = physical & (PAGE_SIZE - 1);
    uint8_t *page = mmio_map(physical - offset, ALIGN_UP(length + offset, PAGE_SIZE));
    return page ? page + offset : NULL;
}

void *uk_dma_alloc(size_t length, uint64_t limit, uint64_t *physical) {
    void *memory = pages_alloc_contiguous(ALIGN_UP(length, PAGE_SIZE) / PAGE_SIZE, limit);
    if (memory)
        *physical = virt_to_phys(memory);
    return memory;
}

void uk_dma_free(void *memory, size_t length) {
    pages_free_contiguous(memory, ALIGN_UP(length, PAGE_SIZE) / PAGE_SIZE);
}

// A walk of the page tables (SDM vol. 3A, 4.5) as the device would see the page: four levels, or a large page
// on the way.
uint64_t uk_physical_address(const void *address) {
    enum { PRESENT = 1, LARGE = 0x80 };
    const uint64_t address_mask = 0x000ffffffffff000;
    uint64_t virtual = (uint64_t)address, entry, result = UINT64_MAX;
    uint64_t flags = irq_save();
    __asm__("mov %%cr3, %0" : "=r"(entry));
    for (int shift = 39; shift >= 12; shift -= 9) {
        entry = ((const uint64_t *)phys_to_virt(entry & address_mask))[virtual >> shift & 511];
        if (!(entry & PRESENT))
            break;
        if (shift == 12 || entry & LARGE) {
            uint64_t offset_mask = (1ull << shift) - 1;
            result = (entry & address_mask & ~offset_mask) | (virtual & offset_mask);
            break;
        }
    }
    irq_restore(flags);
    return result;
}
