namespace Unikernel.Diagnostics
{
    /// <summary>2000-2999: binding, reflection, trimming and input of the linker.</summary>
    public static class LinkingRules
    {
    }
}
