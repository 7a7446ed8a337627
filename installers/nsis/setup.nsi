; The setup program for Windows. /S installs silently, /D=C:\folder (last) chooses the folder.
; Exit codes: 0 done, 1 refused by the person, 2 refused by the installer (running, or a newer version is there).
Target amd64-unicode
ManifestDPIAware true
Name "MLID Desktop"
OutFile "${OUTPUT}"
InstallDir "$PROGRAMFILES64\MLID Desktop"
InstallDirRegKey HKLM "Software\MLID Desktop" "Folder"
RequestExecutionLevel admin
SetCompressor /SOLID lzma
Icon "${ICON}"
UninstallIcon "${ICON}"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\MLID Desktop"
Page directory
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

!macro RefuseWhileRunning
  ; A running program keeps its file open, so it cannot be opened for writing.
  IfFileExists "$INSTDIR\program\mlid-desktop.exe" 0 +8
  ClearErrors
  FileOpen $0 "$INSTDIR\program\mlid-desktop.exe" a
  IfErrors 0 +4
  MessageBox MB_OK|MB_ICONSTOP "MLID Desktop is running. Close it at every desk of this machine and start again; nothing was changed." /SD IDOK
  SetErrorLevel 2
  Quit
  FileClose $0
!macroend

Section
  SetRegView 64
  !insertmacro RefuseWhileRunning
  RMDir /r "$INSTDIR\program"
  SetOutPath "$INSTDIR\program"
  File /r "${PAYLOAD}/*"
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\MLID Desktop.lnk" "$INSTDIR\program\mlid-desktop.exe"
  WriteRegStr HKLM "Software\MLID Desktop" "Folder" "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayName" "MLID Desktop"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL}" "Publisher" "MLID Desktop maintainers"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayIcon" "$INSTDIR\program\mlid-desktop.exe"
  WriteRegStr HKLM "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegStr HKLM "Software\Classes\.mlid" "" "MLID.Backup"
  WriteRegStr HKLM "Software\Classes\MLID.Backup" "" "MLID Desktop backup"
  ; A link is one argument after --link, and what stands in it is no option, whatever quotes it brings.
  WriteRegStr HKLM "Software\Classes\mlid" "" "URL:MLID Desktop"
  WriteRegStr HKLM "Software\Classes\mlid" "URL Protocol" ""
  WriteRegStr HKLM "Software\Classes\mlid\shell\open\command" "" '"$INSTDIR\program\mlid-desktop.exe" --link "%1"'
SectionEnd

; Vaults lie in people's own folders and are not touched.
Section "Uninstall"
  SetRegView 64
  !insertmacro RefuseWhileRunning
  RMDir /r "$INSTDIR\program"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\MLID Desktop.lnk"
  DeleteRegKey HKLM "Software\MLID Desktop"
  DeleteRegKey HKLM "${UNINSTALL}"
  DeleteRegKey HKLM "Software\Classes\.mlid"
  DeleteRegKey HKLM "Software\Classes\MLID.Backup"
  DeleteRegKey HKLM "Software\Classes\mlid"
SectionEnd
