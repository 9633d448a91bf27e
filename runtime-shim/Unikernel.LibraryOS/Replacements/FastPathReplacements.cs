using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// Methods that every request of a server runs many times, or every start, and whose usual case needs far fewer instructions than they take:
/// the same results, and their own code for every other case.
/// </summary>
internal static class FastPathReplacements
{
    // The word in front of an object (dotnet/runtime, ObjectHeader.cs): a hash code, or the index of a lock, or a thin lock, which is the
    // thread's number and how often it took the lock again.
    private const int HashOrIndex = 0x03ff_ffff, IsHash = 0x0400_0000, IsHashOrIndex = 0x0800_0000, Owner = 0xffff, Recursion = 0x003f_0000;

    [Replaces("System.Private.CoreLib", "System.Threading.Monitor", "Enter", Fingerprint = "b387341c7e976fed",
        Why = "it pins the object and prepares for all cases before it looks whether the lock is free")]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Enter(object obj)
    {
        int thread = ThreadNumber(null);
        if (obj is not null && (uint)(thread - 1) < Owner)
        {
            ref int header = ref HeaderOf(obj);
            int old = header;
            if ((old & HashOrIndex) == 0)
            {
                if (Interlocked.CompareExchange(ref header, old | thread, old) == old)
                    return;
            }
            else if ((old & (IsHash | IsHashOrIndex)) == IsHashOrIndex && TryEnterOneShot(LockAt(null, old & HashOrIndex), thread))
            {
                return;
            }
        }

        Monitor.TryEnter(obj!, Timeout.Infinite);
    }

    [Replaces("System.Private.CoreLib", "System.Threading.Monitor", "Exit", Fingerprint = "e2afe4e5383088c1",
        Why = "it pins the object and prepares for all cases before it looks whether this thread took the lock once")]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Exit(object obj)
    {
        int thread = ThreadNumber(null);
        if (obj is not null && (uint)(thread - 1) < Owner)
        {
            ref int header = ref HeaderOf(obj);
            int old = header;
            if ((old & (IsHashOrIndex | Recursion | Owner)) == thread && Interlocked.CompareExchange(ref header, old ^ thread, old) == old)
                return;
        }

        ExitOtherwise(obj!);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool ExitOtherwise(object obj)
    {
        Release(null, obj);
        return true; // so that the call above is not the caller's last instruction, but returns to it
    }

    // A reference to what is in front of an object is, for the collector, one into the object before it. So it must not exist where a
    // thread can be stopped: no call before its last use, no loop, no call in place of the return, and no inlining into what has them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref int HeaderOf(object obj) => ref Unsafe.Subtract(ref Unsafe.As<byte, int>(ref Unsafe.As<Any>(obj).First), 3);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "Release")]
    private static extern void Release([UnsafeAccessorType("System.Threading.ObjectHeader, System.Private.CoreLib")] object? type, object obj);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "get_CurrentManagedThreadIdUnchecked")]
    private static extern int ThreadNumber([UnsafeAccessorType("System.Threading.ManagedThreadId, System.Private.CoreLib")] object? type);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "GetLockObject")]
    private static extern Lock LockAt([UnsafeAccessorType("System.Threading.SyncTable, System.Private.CoreLib")] object? type, int index);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "TryEnterOneShot")]
    private static extern bool TryEnterOneShot(Lock @lock, int thread);

    /// <summary>An object of which only the place of the first field is meant: behind the pointer to the method table.</summary>
    private sealed class Any
    {
        public byte First;
    }

    // The targets of generic virtual methods by class and slot. Read without a lock: an entry never changes, nor is one ever removed
    // (neither classes nor slots are).
    private static Target?[]? s_targets;
    private static int s_targetCount;

    // Apart, because a class with an initializer is asked at each use whether it has run.
    private static class Adding
    {
        public static readonly Lock Lock = new();
    }

    private sealed class Target(nint type, nint slot, nint code, Target? next)
    {
        public readonly nint Type = type, Slot = slot, Code = code;
        public readonly Target? Next = next;
    }

    [Replaces("System.Private.CoreLib", "System.Runtime.TypeLoaderExports", "GVMLookupForSlot", Fingerprint = "5b25ef111dc94231",
        Why = "its table allows for entries that change and looks in several places")]
    public static nint FindGenericVirtualMethod(object instance, RuntimeMethodHandle slot)
    {
        nint type = TypeOf(instance), key = RuntimeMethodHandle.ToIntPtr(slot);
        Target? target = null;
        if (s_targets is { } targets)
        {
            target = targets[Bucket(type, key, targets.Length)];
            while (target is not null && (target.Type != type || target.Slot != key))
                target = target.Next;
        }

        return target is not null ? target.Code : Add(instance, slot);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint Add(object instance, RuntimeMethodHandle slot)
    {
        nint type = TypeOf(instance), key = RuntimeMethodHandle.ToIntPtr(slot), code = FindSlowly(null, instance, slot);
        lock (Adding.Lock)
        {
            Target?[] targets = s_targets ?? new Target?[256];
            if (s_targetCount >= targets.Length / 2)
            {
                var larger = new Target?[targets.Length * 2];
                foreach (Target? first in targets)
                {
                    for (Target? old = first; old is not null; old = old.Next)
                        Put(larger, old.Type, old.Slot, old.Code);
                }

                targets = larger;
            }

            Put(targets, type, key, code);
            s_targetCount++;
            Volatile.Write(ref s_targets, targets);
        }

        return code;
    }

    // Two threads may have looked for the same: a second entry does no harm.
    private static void Put(Target?[] targets, nint type, nint slot, nint code)
    {
        ref Target? first = ref targets[Bucket(type, slot, targets.Length)];
        Volatile.Write(ref first, new Target(type, slot, code, first));
    }

    // Both are addresses of structures of at least 8 bytes.
    private static int Bucket(nint type, nint slot, int count) => (int)((type >> 4) ^ (slot >> 3)) & (count - 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint TypeOf(object instance) => Unsafe.Subtract(ref Unsafe.As<byte, nint>(ref Unsafe.As<Any>(instance).First), 1);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "GVMLookupForSlotSlow")]
    private static extern nint FindSlowly([UnsafeAccessorType("System.Runtime.TypeLoaderExports, System.Private.CoreLib")] object? type, object instance, RuntimeMethodHandle slot);

    // A few names of types, those that were asked for last.
    private static TypeName?[]? s_names;

    private sealed class TypeName(object type, string name)
    {
        public readonly object Type = type;
        public readonly string Name = name;
    }

    [Replaces("System.Private.CoreLib", "System.RuntimeType", "get_Name", Fingerprint = "d2cf832b7d6105a8",
        Why = "it reads the name out of the metadata each time, and servers name types in their logs")]
    public static string NameOfType(object type)
    {
        TypeName?[] names = s_names ??= new TypeName?[32];
        ref TypeName? place = ref names[RuntimeHelpers.GetHashCode(type) & 31];
        if (place is { } known && ReferenceEquals(known.Type, type))
            return known.Name;
        string name = NameOf(InfoOf(type));
        place = new TypeName(type, name);
        return name;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetRuntimeTypeInfo")]
    [return: UnsafeAccessorType(TypeInfo)]
    private static extern object InfoOf([UnsafeAccessorType("System.RuntimeType, System.Private.CoreLib")] object type);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Name")]
    private static extern string NameOf([UnsafeAccessorType(TypeInfo)] object info);

    private const string TypeInfo = "System.Reflection.Runtime.TypeInfos.RuntimeTypeInfo, System.Private.CoreLib";

    [Replaces("System.Text.Encodings.Web", "System.Text.Encodings.Web.TextEncoderSettings", "AllowRange", Fingerprint = "89068173e4ed63f0",
        Why = "it allows 65,536 characters one by one when the first JSON is written")]
    public static void AllowRange(TextEncoderSettings settings, UnicodeRange range)
    {
        ArgumentNullException.ThrowIfNull(range);
        // Its only field is a bit for each character.
        Span<uint> allowed = MemoryMarshal.CreateSpan(ref Unsafe.As<byte, uint>(ref Unsafe.As<Any>(settings).First), (char.MaxValue + 1) / 32);
        int at = range.FirstCodePoint, end = at + range.Length;
        while (at < end)
        {
            int count = Math.Min(32 - (at & 31), end - at);
            allowed[at >> 5] |= uint.MaxValue >> (32 - count) << (at & 31);
            at += count;
        }
    }
}
