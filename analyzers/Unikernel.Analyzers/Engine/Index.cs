namespace System;

/// <summary>What the compiler wants for list patterns, which netstandard2.0 lacks.</summary>
internal readonly struct Index(int value, bool fromEnd = false)
{
    public int GetOffset(int length) => fromEnd ? length - value : value;
}
