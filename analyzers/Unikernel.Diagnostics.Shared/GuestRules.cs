namespace Unikernel.Diagnostics;

/// <summary>9000-9999: printed by the machine itself on the serial console.</summary>
public static class GuestRules
{
}
