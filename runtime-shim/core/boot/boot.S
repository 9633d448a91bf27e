// From the PVH entry to kmain(): 32-bit protected mode without paging -> long mode, identity-mapped.
//
// PVH (xen/docs/misc/pvh.pandoc, "x86/HVM direct boot ABI"): EBX holds the physical address of struct hvm_start_info; CS and
// DS/ES/SS are flat; paging and interrupts are off; no stack. The note's descriptor is 8 bytes long because QEMU reads it
// with the width of the ELF class (hw/i386/x86.c, read_pvh_start_addr via load_elf).
#include "offsets.h"
#include "refuse.inc"

        .section .note.pvh, "a", @note
        .align 4
        .long 4, 8, 18                  // name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY
        .asciz "Xen"
        .quad pvh_start

        .section .bss..page, "aw", @nobits // page-aligned by link/unikernel.lds
boot_pml4:      .skip 4096
boot_pdpt:      .skip 4096
boot_pd:        .skip 4096

        .section .bss.boot, "aw", @nobits
        .align 16
boot_stack:     .skip BOOT_STACK_SIZE
        .global boot_stack_top
boot_stack_top:
        .align 64
boot_tcb:       .skip 64                // FS base until the first thread: the stack protector reads fs:0x28

        .section .text.boot, "ax"
        .code32
        .global pvh_start
pvh_start:
        cli
        cld
        movl    %ebx, %edi              // hvm_start_info, kept for kmain
        movl    $boot_stack_top, %esp

        // RAM under the whole image, or a message: the stack and the tables below are in it.
        require_ram $image_start, $image_end

        // Long mode and NX, or a message: from here on nothing else could print one.
        movl    $0x80000000, %eax
        cpuid
        cmpl    $0x80000001, %eax
        jb      no_long_mode
        movl    $0x80000001, %eax
        cpuid
        btl     $29, %edx
        jnc     no_long_mode
        btl     $20, %edx
        jnc     no_long_mode

        // The first 1 GB in 2 MB pages, one to one and at DIRECT_MAP_BASE: present, writable, (PD) large. memory_init() replaces
        // these tables.
        movl    $boot_pdpt + 3, boot_pml4
        movl    $boot_pdpt + 3, boot_pml4 + DIRECT_MAP_PML4_INDEX * 8
        movl    $boot_pd + 3, boot_pdpt
        movl    $0x83, %eax
        movl    $boot_pd, %edx
1:      movl    %eax, (%edx)
        addl    $8, %edx
        addl    $0x200000, %eax
        cmpl    $0x40000083, %eax
        jne     1b

        movl    $0x6a0, %eax            // CR4: PAE, PGE, OSFXSR, OSXMMEXCPT
        movl    %eax, %cr4
        movl    $boot_pml4, %eax
        movl    %eax, %cr3
        movl    $0xc0000080, %ecx       // EFER: LME, NXE
        rdmsr
        orl     $0x900, %eax
        wrmsr
        movl    $0x80010033, %eax       // CR0: PG, WP, NE, ET, MP, PE
        movl    %eax, %cr0
        lgdt    boot_gdt_pointer
        ljmp    $SELECTOR_CODE, $long_mode

no_long_mode:
        movl    $refusal, %ebp
        refusing

        .code64
long_mode:
        movl    $SELECTOR_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        xorl    %eax, %eax
        movl    %eax, %fs
        movl    %eax, %gs
        xorl    %edx, %edx
        movl    $boot_tcb, %eax
        movl    $0xc0000100, %ecx       // FS base
        wrmsr
        movl    $boot_cpu, %eax
        movl    $0xc0000101, %ecx       // GS base
        wrmsr
        movl    $boot_stack_top, %esp
        xorl    %ebp, %ebp
        movl    %edi, %edi
        call    kmain                   // does not return

        .section .rodata.boot, "a"
        .align 8
boot_gdt:
        .quad 0
        .quad 0x00af9b000000ffff        // 64-bit code, accessed
        .quad 0x008f93000000ffff        // data, accessed (cpu.c says more)
boot_gdt_pointer:
        .word boot_gdt_pointer - boot_gdt - 1
        .long boot_gdt
        refusal_texts
