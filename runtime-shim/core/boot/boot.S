// From the PVH entry to kmain(): 32-bit protected mode without paging -> long mode, identity-mapped.
//
// PVH (xen/docs/misc/pvh.pandoc, "x86/HVM direct boot ABI"): EBX holds the physical address of struct hvm_start_info; CS and
// DS/ES/SS are flat; paging and interrupts are off; no stack. The note's descriptor is 8 bytes long because QEMU reads it
// with the width of the ELF class (hw/i386/x86.c, read_pvh_start_addr via load_elf).
#include "offsets.h"

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

        // RAM under the whole image, or a message: the stack and the tables below are in it. (struct hvm_memmap_table_entry is
        // address, size, type: 24 bytes. A loader without a memory map is refused by kmain.)
        cmpl    $1, 4(%ebx)             // version
        jb      enough_memory
        movl    40(%ebx), %esi          // memory map
        movl    48(%ebx), %ecx          // its entries
1:      movl    $too_small, %ebp
        testl   %ecx, %ecx
        jz      refuse
        movl    (%esi), %eax
        cmpl    $1, 16(%esi)            // RAM
        jne     2f
        cmpl    $0, 4(%esi)             // above 4 GB
        jne     2f
        cmpl    $image_start, %eax
        ja      2f
        cmpl    $0, 12(%esi)
        jne     enough_memory
        addl    8(%esi), %eax
        jc      enough_memory
        cmpl    $image_end, %eax
        jae     enough_memory
2:      addl    $24, %esi
        decl    %ecx
        jmp     1b
enough_memory:

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
refuse:                                 // with the text at EBP; as refuse() and machine_exit() do it, but without a stack
        movl    %ebp, %esi
        movl    $refused_code, %ebp
        movw    $0x3f8, %dx
1:      lodsb
        testb   %al, %al
        jz      2f
        outb    %al, %dx
        jmp     1b
2:      movl    %ebp, %esi
        cmpw    $0xe9, %dx
        movw    $0xe9, %dx
        jne     1b
        movb    $251, %al               // EXIT_REFUSED
        movw    $0x501, %dx
        outb    %al, %dx
        lidt    no_idt                  // no device for it: a triple fault resets the machine
        int3

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
        .global gdt_code, gdt_data
boot_gdt:
        .quad 0
        .quad 0x00af9b000000ffff        // 64-bit code, accessed
        .quad 0x00cf93000000ffff        // data, accessed
boot_gdt_pointer:
        .word boot_gdt_pointer - boot_gdt - 1
        .long boot_gdt
no_idt:
        .word 0
        .long 0
too_small:
        .asciz "UKN9005 too little memory: the image does not fit into the machine's RAM; give it more (QEMU: -m)\n"
refusal:
        .asciz "UKN9003 this CPU has no 64-bit mode or no execute-disable bit; use an x86-64-v2 CPU (QEMU: -cpu max, Nehalem or newer)\n"
refused_code:
        .asciz "251\n"
