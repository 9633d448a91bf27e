using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Nodes.Reflection;
using Unikernel.Linker.Replace;

namespace Unikernel.Linker.Nodes;

/// <summary>What each instruction of a body needs, by opcode.</summary>
internal sealed class InstructionScanner(DependencyCollector needs, MethodDefinition method)
{
    private readonly LinkContext _context = needs.Context;
    private readonly NodeFactory _nodes = needs.Nodes;

    // What the body contributes to its reflection scope.
    private readonly HashSet<TypeDefinition> _heldTypes = [];
    private readonly HashSet<GenericParameter> _heldParameters = [];
    private readonly List<string> _strings = [];
    private MemberKinds _demand;
    private bool _asksTypeOfObject;
    private bool _asksBaseType;
    private bool _looksUpNames;
    private TypeDefinition? _closure;

    public void Scan(MethodBody body, FoldedBody? folded)
    {
        TypeReference? constrained = null;
        foreach (Instruction instruction in body.Instructions)
        {
            if (folded is not null && !folded.IsReachable(instruction))
                continue;
            switch (instruction.Operand)
            {
                case MethodReference reference:
                    ScanMethod(instruction.OpCode.Code, reference, constrained);
                    break;
                case FieldReference reference:
                    ScanField(instruction.OpCode.Code, reference);
                    break;
                case TypeReference reference:
                    ScanType(instruction.OpCode.Code, reference);
                    break;
                case CallSite site:
                    ScanCallSite(site);
                    break;
                case string text when instruction.OpCode.Code == Code.Ldstr:
                    _strings.Add(text);
                    break;
            }

            constrained = instruction.OpCode.Code == Code.Constrained ? (TypeReference)instruction.Operand : null;
        }

        _demand |= _context.Annotations.ReturnedBy(method);
        JoinReflectionScope(body);
    }

    private void ScanMethod(Code code, MethodReference reference, TypeReference? constrained)
    {
        if (reference.DeclaringType is ArrayType array)
        {
            // Get, Set, Address and the constructors of multi-dimensional arrays are the runtime's.
            GenericArguments.CollectConstructed(needs, array, "array");
            return;
        }

        if (_context.Resolver.Resolve(reference) is not { } target)
        {
            _context.Missing.Method(needs.Source, reference);
            Signatures.CollectType(needs, reference.DeclaringType, "declares a missing method");
            CollectReferenceSignature(reference);
            return;
        }

        GenericArguments.Collect(needs, reference, target, "generic argument");
        CollectReferenceSignature(reference);
        if (target.DeclaringType.IsValueType)
            needs.Add(_nodes.Constructed(target.DeclaringType), "value");

        switch (code)
        {
            case Code.Newobj:
                needs.Add(_nodes.Constructed(target.DeclaringType), "new");
                needs.Add(_nodes.Body(target), "new");
                break;
            case Code.Ldtoken:
                needs.Add(_nodes.Reflected(target), "ldtoken");
                CollectPropertyOf(target);
                break;
            case Code.Callvirt or Code.Ldvirtftn when target.IsVirtual:
                needs.Add(_nodes.Slot(target), code == Code.Callvirt ? "virtual call" : "delegate of virtual method");
                // ILC turns a virtual call into a direct one where it can prove the target, so the named body is needed as well.
                if (target.HasBody && !target.DeclaringType.IsInterface)
                    needs.Add(_nodes.Body(target), "virtual call");
                break;
            case Code.Call or Code.Ldftn when constrained is not null && target.IsVirtual:
                needs.Add(_nodes.Slot(target), "constrained call");
                if (target.HasBody)
                    needs.Add(_nodes.Body(target), "constrained call");
                break;
            default:
                needs.Add(_nodes.Body(target), code is Code.Ldftn or Code.Ldvirtftn ? "delegate or function pointer" : "call");
                break;
        }

        NoteReflection(target, reference);
    }

    // An accessor in an expression tree stands for its property (Expression.Property(…, MethodInfo)), which reflection then reads and writes.
    private void CollectPropertyOf(MethodDefinition accessor)
    {
        if ((!accessor.IsGetter && !accessor.IsSetter) || TypeFacts.PropertyOf(accessor) is not { } property)
            return;
        if (property.GetMethod is { } getter)
            needs.Add(_nodes.Reflected(getter), "property in expression tree");
        if (property.SetMethod is { } setter)
            needs.Add(_nodes.Reflected(setter), "property in expression tree");
    }

    private void CollectReferenceSignature(MethodReference reference)
    {
        MethodReference element = reference.GetElementMethod();
        if (element is MethodDefinition)
            return;
        // The reference row repeats the signature in the referring module.
        Signatures.CollectType(needs, element.ReturnType, "return type");
        foreach (ParameterDefinition parameter in element.Parameters)
            Signatures.CollectType(needs, parameter.ParameterType, "parameter type");
    }

    private void ScanField(Code code, FieldReference reference)
    {
        GenericArguments.Collect(needs, reference.DeclaringType, "generic argument");
        if (_context.Resolver.Resolve(reference) is not { } field)
        {
            _context.Missing.Field(needs.Source, reference);
            Signatures.CollectType(needs, reference.DeclaringType, "declares a missing field");
            Signatures.CollectType(needs, reference.FieldType, "type of a missing field");
            return;
        }

        needs.Add(_nodes.Field(field), code == Code.Ldtoken ? "ldtoken" : "field access");
        if (reference is not FieldDefinition)
            Signatures.CollectType(needs, reference.FieldType, "field type");
        if (field.DeclaringType.IsValueType)
            needs.Add(_nodes.Constructed(field.DeclaringType), "value");
        if (code is Code.Stfld or Code.Stsfld or Code.Ldflda or Code.Ldsflda)
            _demand |= _context.Annotations.Of(field);
        NoteClosure(field.DeclaringType);
    }

    private void ScanType(Code code, TypeReference reference)
    {
        GenericArguments.Collect(needs, reference, "generic argument");
        Signatures.CollectType(needs, reference, "named by instruction");
        if (code == Code.Ldtoken && reference is ArrayType && _context.ArrayClass is { } array)
            _heldTypes.Add(array);
        TypeDefinition? type = _context.Resolver.Resolve(reference);
        if (type is null)
        {
            if (code == Code.Ldtoken && Innermost(reference) is GenericParameter parameter)
                _heldParameters.Add(parameter);
            return;
        }

        // A cast compares with the type, everything else can make or hold an object of it. In shared generic code a cast takes the
        // type from a dictionary, and ILC treats types in dictionaries as constructed.
        if (code is not (Code.Castclass or Code.Isinst) || type.IsValueType || reference.ContainsGenericParameter)
            needs.Add(_nodes.Constructed(type), code == Code.Ldtoken ? "typeof" : "value or object");
        if (code == Code.Ldtoken)
        {
            _heldTypes.Add(type);
            if (type.HasGenericParameters && reference is not TypeSpecification)
                _context.GenericServices.AddRegistering(method);
        }
    }

    private void ScanCallSite(CallSite site)
    {
        Signatures.CollectType(needs, site.ReturnType, "return type");
        foreach (ParameterDefinition parameter in site.Parameters)
            Signatures.CollectType(needs, parameter.ParameterType, "parameter type");
    }

    private void NoteReflection(MethodDefinition target, MethodReference reference)
    {
        _demand |= _context.Annotations.DemandedBy(target);
        NoteClosure(target.DeclaringType);
        if (target.Name is "GetType" && target.DeclaringType is { Namespace: "System" } declaring)
        {
            if (declaring.Name == "Object")
                _asksTypeOfObject = true;
            else if (target.HasParameters)
                _looksUpNames = true;
        }
        else if (target.Name is "get_BaseType" or "GetElementType" or "GetGenericTypeDefinition" or "GetNestedType" or "GetNestedTypes")
        {
            _asksBaseType = true;
        }
        else if (target.Name is "CreateInstance" or "CreateInstanceFrom" or "GetExportedTypes" or "GetTypes")
        {
            _looksUpNames = true;
        }
        else if (target.Name is "SizeOf" or "PtrToStructure" or "StructureToPtr" or "OffsetOf" or "GetDelegateForFunctionPointer" or "GetFunctionPointerForDelegate"
            && target.DeclaringType is { Name: "Marshal" })
        {
            // Marshalling data of the type: fields and a constructor, read by code that ILC generates.
            _demand |= MemberKinds.PublicFields | MemberKinds.NonPublicFields | MemberKinds.PublicParameterlessConstructor;
            if (reference is GenericInstanceMethod { GenericArguments: [{ } argument, ..] } && _context.Resolver.Resolve(argument) is { } marshalled)
                _heldTypes.Add(marshalled);
        }
    }

    private void NoteClosure(TypeDefinition type)
    {
        if (type.IsNested && TypeFacts.IsCompilerGenerated(type.Name))
            _closure = type;
    }

    private void JoinReflectionScope(MethodBody body)
    {
        bool nested = TypeFacts.IsCompilerGenerated(method.DeclaringType.Name) && method.DeclaringType.IsNested;
        bool local = TypeFacts.IsCompilerGenerated(method.Name);
        if (_demand == MemberKinds.None && _heldTypes.Count == 0 && _heldParameters.Count == 0 && !nested && !local && _closure is null)
            return;

        if (_looksUpNames || _demand != MemberKinds.None)
        {
            foreach (string text in _strings)
            {
                if (_context.TypeNames.Resolve(text, method.Module.Assembly) is { } named)
                {
                    TypeNames.CollectConstructed(needs, named, "type name in string");
                    _heldTypes.Add(named.Definition);
                }
            }
        }

        if (_asksTypeOfObject)
            HoldStaticTypes(body);
        if (_asksBaseType)
        {
            foreach (TypeDefinition type in _heldTypes.ToArray())
            {
                foreach (TypeDefinition ancestor in _context.Resolver.BasesOf(type))
                    _heldTypes.Add(ancestor);
            }
        }

        // A method with closures shares values with them through fields, so all of a type's closures and their owners are one scope.
        IMemberDefinition owner = nested || local || _closure is not null ? TypeFacts.OutermostUserType(method.DeclaringType) : method;
        _context.Scope(owner).Add(needs, _heldTypes, _heldParameters, _demand);
    }

    // x.GetType() of an expression whose static type is sealed is that type.
    private void HoldStaticTypes(MethodBody body)
    {
        foreach (ParameterDefinition parameter in method.Parameters)
            Hold(parameter.ParameterType);
        if (method.HasThis)
            Hold(method.DeclaringType);
        foreach (VariableDefinition variable in body.Variables)
            Hold(variable.VariableType);
        foreach (Instruction instruction in body.Instructions)
        {
            switch (instruction.Operand)
            {
                case MethodReference reference:
                    Hold(instruction.OpCode.Code == Code.Newobj ? reference.DeclaringType : reference.ReturnType);
                    break;
                case FieldReference reference:
                    Hold(reference.FieldType);
                    break;
                case TypeReference reference:
                    Hold(reference);
                    break;
            }
        }

        void Hold(TypeReference reference)
        {
            if (reference is ArrayType && _context.ArrayClass is { } array)
                _heldTypes.Add(array);
            if (_context.Resolver.Resolve(reference) is { IsPrimitive: false } type && (type.IsSealed || _context.Annotations.Of(type) != MemberKinds.None))
                _heldTypes.Add(type);
        }
    }

    private static TypeReference Innermost(TypeReference type)
    {
        while (type is TypeSpecification specification)
            type = specification.ElementType;
        return type;
    }
}
