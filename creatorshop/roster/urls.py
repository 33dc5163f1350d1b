from django.urls import path

from creatorshop.roster import views

urlpatterns = [
    path("", views.show_day, name="roster"),
    path("l/<str:token>/", views.enter, name="roster-link"),
    path("hand-over/", views.hand_over, name="roster-hand-over"),
    path("undo/", views.undo, name="roster-undo"),
    path("photo/", views.hand_over_photo, name="roster-photo"),
    path("find/", views.find, name="roster-find"),
    path("leave/", views.leave, name="roster-leave"),
]
