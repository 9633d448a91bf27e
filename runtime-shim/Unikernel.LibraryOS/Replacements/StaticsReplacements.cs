using System.Runtime.CompilerServices;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// The objects that hold the classes' static references, of which an application has thousands: NativeAOT makes them all before Main
/// (dotnet/runtime, StartupCodeHelpers.cs), each by a thousand instructions of the collector, because they must not move.
/// </summary>
internal static unsafe class StaticsReplacements
{
    // A place of the table leads to a word, in which the type that the object shall have is marked so; behind it, perhaps, its first values.
    private const nint IsToBeMade = 1, HasValues = 2, Marks = 3;

    // Of an object: the word for locks in front of it, the method table, the fields. Of an array, its length and what fills a word before them.
    private const int Word = 8, Front = 2 * Word, ArrayFront = 3 * Word, BaseSizeAt = 4;

    /// <summary>
    /// One array that does not move becomes all of them: they lie in it one behind the other, as the collector would have put them. Nobody sees
    /// them half made: no other thread runs managed code yet, and nothing in the loop allocates.
    /// </summary>
    [Replaces("System.Private.CoreLib", "Internal.Runtime.CompilerHelpers.StartupCodeHelpers", "InitializeStatics", Fingerprint = "b6f3814280296b6a",
        Why = "it asks the collector for each object by itself")]
    public static object[] InitializeStatics(nint table, int length)
    {
        int count = length / sizeof(int);
        object[] all = new object[count];
        int size = 0;
        for (int i = 0; i < count; i++)
        {
            nint type = Relative(Relative(table + (i * sizeof(int))));
            if ((type & IsToBeMade) != 0)
                size += SizeOf(type & ~Marks);
        }

        if (size == 0)
            return all;
        byte[] memory = GC.AllocateArray<byte>(size - ArrayFront, pinned: true);
        // From the last to the first, which takes the array's own place.
        nint at = Unsafe.As<byte[], nint>(ref memory) + size;
        for (int i = count - 1; i >= 0; i--)
        {
            nint entry = Relative(table + (i * sizeof(int))), type = Relative(entry);
            if ((type & IsToBeMade) == 0)
                continue;
            bool hasValues = (type & HasValues) != 0;
            type &= ~Marks;
            at -= SizeOf(type);
            *(nint*)(at + Word) = 0; // of the first the array's length
            if (hasValues)
            {
                // References among them are to objects of the image, which the collector need not be told of.
                nint values = Relative(entry + sizeof(int)), fields = at + Word;
                for (int offset = 0, end = *(int*)(type + BaseSizeAt) - Front; offset < end; offset += Word)
                    *(nint*)(fields + offset) = *(nint*)(values + offset);
            }

            *(nint*)at = type;
            all[i] = Unsafe.As<nint, object>(ref at);
            *(nint*)entry = at;
        }

        return all;
    }

    private static nint Relative(nint at) => at + *(int*)at;

    // The collector's alignment.
    private static int SizeOf(nint type) => (*(int*)(type + BaseSizeAt) + Word - 1) & -Word;
}
